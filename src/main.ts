#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The process edge: the only file that exits. What there is to say on a command line is in cli/program.ts. */

// From the second start on nothing is compiled again: half a second and 25 MB less. Beside the code, because
// whoever may write there could as well write the code. Where we may not, all goes on without.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/stagebell', import.meta.url)));

// `stagebell doctor | head`: a reader that has seen enough is no error. The service has its own way (cli/serve.ts).
const args = process.argv.slice(2);
const words = args.filter((word, i) => !word.startsWith('-') && !/^--env(-file)?$/.test(args[i - 1] ?? ''));
const isService = [undefined, 'serve'].includes(words[0]);
if (!isService) {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

// After the cache, so that it has this as well.
const { run } = await import('./cli/program.ts');
// What is still open then was left behind by a command that is done: it is not waited for.
process.exit(await run(args, process.env));
