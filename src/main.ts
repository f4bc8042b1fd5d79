#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { didYouMean } from './base/did-you-mean.ts';
import { ConfigError, messageOf, StagebellError } from './base/errors.ts';

/**
 * The process edge: the command line, signals and exit codes. The only file that exits.
 * 0 done, 1 failed, 2 wrong usage or configuration. Each command is loaded when it is called.
 */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// From the second start on nothing is compiled again: half a second and 25 MB less. Beside the code, because
// whoever may write there could as well write the code. Where we may not, all goes on without.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/stagebell', import.meta.url)));

const program = new Command('stagebell')
  .version(version)
  .option('--env <file>', 'read variables from this file first; those of the environment win')
  // Node looks for this one too, wherever it stands, and ends with 9 and its own words where the file is missing.
  .addOption(new Option('--env-file <file>', 'the same').hideHelp())
  .hook('preAction', (command) => readEnvFile(command.opts()['env'] ?? command.opts()['envFile']))
  .description('A stage changes status at its instant: exact, fenced, recorded.')
  .showSuggestionAfterError()
  .exitOverride();

program
  .command('serve', { isDefault: true })
  .description('run the service (the default)')
  .action(async () => finish((await import('./cli/serve.ts')).serve(process.env)));
program
  .command('migrate')
  .description('bring the database to the current schema; never schedules anything')
  .option('--dry-run', 'only say what would be applied')
  .action(async (options) => finish((await import('./cli/migrate.ts')).migrateCommand(process.env, options)));
program
  .command('reconcile')
  .description('one sweep by hand: move whatever is due')
  .option('--dry-run', 'only say what would move')
  .action(async (options) => finish((await import('./cli/reconcile.ts')).reconcileCommand(process.env, options)));
program
  .command('status')
  .description('who leads, what is armed, what is next, what is overdue')
  .option('--json', 'as JSON')
  .action(async (options) => finish((await import('./cli/status.ts')).statusCommand(process.env, options)));
program
  .command('doctor')
  .description('check everything that the service rests on, and say what mends it; exit 1 if something fails')
  .option('--json', 'as JSON, with stable codes')
  .action(async (options) => finish((await import('./cli/doctor.ts')).doctorCommand(process.env, options)));
program
  .command('export')
  .description('the whole database as a stream on stdout, for stagebell import')
  .action(async () => finish((await import('./cli/transfer.ts')).exportCommand(process.env, version)));
program
  .command('import')
  .description('fill an empty database from a stream on stdin')
  .action(async () => finish((await import('./cli/transfer.ts')).importCommand(process.env)));
program
  .command('sql')
  .argument('[statements]', 'else from stdin')
  .description('run SQL on the embedded database, while no service has it')
  .action(async (text?: string) => finish((await import('./cli/sql.ts')).sqlCommand(process.env, text ?? null)));
program
  .command('demo')
  .description('watch a sample assignment whose stages flip within the next minute')
  .action(async () => finish((await import('./cli/demo.ts')).demo(process.env)));

/** As `node --env-file` does, and without knowing where main.ts is. */
function readEnvFile(file: string | undefined): void {
  if (file === undefined) return;
  try {
    process.loadEnvFile(file);
  } catch (error) {
    throw new ConfigError([`--env: ${messageOf(error)}`]);
  }
}

// `stagebell doctor | head`: a reader that has seen enough is no error. The service has its own way (cli/serve.ts).
const isService = [undefined, 'serve'].includes(process.argv.slice(2).find((word) => !word.startsWith('-')));
if (!isService) {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

async function finish(work: Promise<number>): Promise<void> {
  process.exitCode = await work;
  // What is still open now was left behind by a command that is done: do not wait for it.
  process.exit();
}

/** Faults of the environment carry a code, and their message says it all; the rest are bugs, with a stack. */
function explain(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === '42P01') return 'The database has no Stagebell schema yet: run stagebell migrate.';
  if (error instanceof StagebellError || typeof code === 'string') return messageOf(error);
  return (error as Error)?.stack ?? messageOf(error);
}

/** commander takes a word that it does not know for an argument of the default command. */
function refuseUnknownCommand(word: string | undefined): void {
  const known = program.commands.map((command) => command.name());
  if (word === undefined || word.startsWith('-') || word === 'help' || known.includes(word)) return;
  process.stderr.write(`stagebell: unknown command ${word}${didYouMean(word, known)} See stagebell --help\n`);
  process.exit(2);
}

try {
  refuseUnknownCommand(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`stagebell: ${explain(error)}\n`);
  process.exit(error instanceof StagebellError ? error.exitCode : 1);
}
