#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The process edge: the only file that exits. What there is to say on a command line is in cli/program.ts. */

// From the second start on nothing is compiled again: half a second and 25 MB less. Beside the code, because
// whoever may write there could as well write the code. Where we may not, all goes on without.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/stagebell', import.meta.url)));

// `stagebell doctor | head`: a reader that has seen enough is no error. The service outlives its reader (cli/serve.ts),
// and an export must be whole (cli/transfer.ts).
const args = process.argv.slice(2);
const words = args.filter((word, i) => !word.startsWith('-') && !/^--env(-file)?$/.test(args[i - 1] ?? ''));
const hasOwnOutput = [undefined, 'serve', 'export'].includes(words[0]);
if (!hasOwnOutput) {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

// After the cache, so that it has this as well.
const { run } = await import('./cli/program.ts');
const code = await run(args, process.env);
// An exit throws away what a slow reader has not taken yet.
if (!hasOwnOutput && process.stdout.writableLength > 0) {
  await new Promise((resolve) => process.stdout.write('', resolve));
}
// What is still open then was left behind by a command that is done: it is not waited for.
process.exit(code);
