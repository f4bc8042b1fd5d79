import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildClient } from './client.ts';

/**
 * What `npm pack` puts into the package: Node strips no types below node_modules, so the sources are stripped
 * here, line by line where they were, and name each other as .js. `npm pack` calls it (prepack), and again to clean up.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist');
const OWN_FILE = /(['"`])(\.{1,2}\/[^'"`\n]*)\.ts\1/g;

rmSync(DIST, { recursive: true, force: true });
if (process.argv[2] !== 'clean') {
  await buildClient();
  for (const file of globSync('**/*.ts', { cwd: join(ROOT, 'src'), exclude: ['client/**'] })) {
    const stripped = stripTypeScriptTypes(readFileSync(join(ROOT, 'src', file), 'utf8'), { mode: 'strip' });
    const to = join(DIST, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, stripped.replaceAll(OWN_FILE, '$1$2.js$1'));
  }
  for (const file of globSync('**/*.js', { cwd: join(ROOT, 'src') }))
    if (file !== 'stagebell.js') cpSync(join(ROOT, 'src', file), join(DIST, file));
}
