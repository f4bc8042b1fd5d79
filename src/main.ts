#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The process edge: the only file that exits. The command line is in cli/program.ts. */

// The compile cache saves half a second and 25 MB from the second start on. It is beside the code: anybody who can
// write there could change the code anyway. If we cannot write there, everything works without it.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/stagebell', import.meta.url)));

// `stagebell doctor | head`: a reader that stops early is not an error. But the service outlives its reader
// (cli/serve.ts), and an export must be complete (cli/transfer.ts).
const args = process.argv.slice(2);
const words = args.filter((word, i) => !word.startsWith('-') && !/^--env(-file)?$/.test(args[i - 1] ?? ''));
const hasOwnOutput = [undefined, 'serve', 'export'].includes(words[0]);
if (!hasOwnOutput) {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

// Imported after the cache is on, so that it is cached too.
const { run } = await import('./cli/program.ts');
const code = await run(args, process.env);
// Exiting now would lose output that a slow reader has not taken yet.
if (!hasOwnOutput && process.stdout.writableLength > 0) {
  await new Promise((resolve) => process.stdout.write('', resolve));
}
// Anything still open was left behind by the command, which is done. It is not waited for.
process.exit(code);
