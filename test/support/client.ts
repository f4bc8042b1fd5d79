import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Usage } from './usage.ts';

/**
 * `npm run client`: the client as others import it, in dist/client: one ES module that needs nothing else, for Node,
 * browsers and edge runtimes alike, and its types. Prints how large it is.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist', 'client');
const OWN_TYPES = /(['"])(\.\/[^'"\n]*)\.ts\1/g;

/** @returns its size in bytes as most will load it: minified, and compressed by gzip */
export async function buildClient(): Promise<number> {
  const from = {
    entryPoints: [join(ROOT, 'src', 'client', 'index.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
  };
  const common = { ...from, platform: 'neutral', mainFields: ['module', 'main'], write: false, legalComments: 'none' };
  await build({ ...common, write: true, outfile: join(DIST, 'index.js') } as Parameters<typeof build>[0]);
  const small = await build({ ...common, minify: true } as Parameters<typeof build>[0]);
  const types = ['-p', join(ROOT, 'test', 'support', 'client.tsconfig.json'), '--outDir', DIST];
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules', '.bin', 'tsc'), ...types], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout);
  for (const file of globSync('*.d.ts', { cwd: DIST })) {
    const path = join(DIST, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(OWN_TYPES, '$1$2.js$1'));
  }
  return gzipSync(small.outputFiles?.[0]?.contents ?? '', { level: 9 }).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const usage: Usage = new Usage('npm run client -- (it takes no options)');
  usage.read({ options: {} });
  console.log(`dist/client: ${(await buildClient()).toLocaleString('en')} bytes, minified and compressed`);
}
