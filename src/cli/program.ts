import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import { didYouMean } from '../base/did-you-mean.ts';
import { ConfigError, messageOf, StagebellError } from '../base/errors.ts';
import { SQLSTATE } from '../base/sqlstate.ts';
import { VERSION } from '../base/version.ts';

/**
 * The command line. A command is loaded when it is called.
 * @param args without the names of Node and of the program
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration
 */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let code = 0;
  const program = programOf(env, async (work) => {
    code = await work;
  });
  try {
    const known = program.commands.map((command) => command.name());
    if (isUnknown(args[0], known)) {
      process.stderr.write(`stagebell: unknown command ${args[0]}${didYouMean(args[0], known)} See stagebell --help\n`);
      return 2;
    }
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`stagebell: ${explain(error)}\n`);
    return error instanceof StagebellError ? error.exitCode : 1;
  }
}

type Finish = (work: Promise<number>) => Promise<void>;

function programOf(env: NodeJS.ProcessEnv, finish: Finish): Command {
  const program = new Command('stagebell')
    .version(VERSION)
    .option('--env <file>', 'read variables from this file first; those of the environment win')
    // Node reads this option too, wherever it stands. If the file is missing, Node exits with 9 and its own message.
    .addOption(new Option('--env-file <file>', 'the same').hideHelp())
    .hook('preAction', (command) => {
      const { env: file, envFile } = command.opts<{ env?: string; envFile?: string }>();
      // Into the environment itself, where pg looks for the PG* variables.
      for (const [name, value] of Object.entries(readEnvFile(file ?? envFile))) env[name] ??= value;
    })
    .description('A stage changes status at its instant: exact, fenced, recorded.')
    .showSuggestionAfterError()
    .exitOverride();
  program
    .command('serve', { isDefault: true })
    .description('run the service (the default)')
    .action(async () => finish((await import('./serve.ts')).serve(env)));
  program
    .command('migrate')
    .description('bring the database to the current schema; never schedules anything')
    .option('--dry-run', 'only say what would be applied')
    .action(async (options) => finish((await import('./migrate.ts')).migrateCommand(env, options)));
  program
    .command('reconcile')
    .description('one sweep by hand: move everything that is due')
    .option('--dry-run', 'only say what would move')
    .action(async (options) => finish((await import('./reconcile.ts')).reconcileCommand(env, options)));
  program
    .command('status')
    .description('who leads and how its death would be noticed, what is armed, what is next, what is overdue')
    .option('--json', 'as JSON')
    .action(async (options) => finish((await import('./status.ts')).statusCommand(env, options)));
  program
    .command('doctor')
    .description('check everything the service depends on, and say what mends it; exit 1 if something fails')
    .option('--json', 'as JSON, with stable codes')
    .action(async (options) => finish((await import('./doctor.ts')).doctorCommand(env, options)));
  program
    .command('export')
    .description('write the whole database to stdout, for stagebell import')
    .action(async () => finish((await import('./transfer.ts')).exportCommand(env, VERSION)));
  program
    .command('import')
    .description('fill an empty database from a stream on stdin')
    .action(async () => finish((await import('./transfer.ts')).importCommand(env)));
  program
    .command('sql')
    .argument('[statements]', 'SQL; from stdin if not given')
    .description('run SQL on the embedded database, while no service uses it')
    .action(async (text?: string) => finish((await import('./sql.ts')).sqlCommand(env, text ?? null)));
  program
    .command('prune')
    .description('delete old rows from the record, except what a known consumer has not read')
    .requiredOption('--older-than <duration>', 'an ISO 8601 duration, such as P400D')
    .option('--dry-run', 'only say what would be deleted')
    .action(async (options) => finish((await import('./prune.ts')).pruneCommand(env, options)));
  const keys = program.command('keys').description('API keys in the database, beside those of API_KEYS');
  keys
    .command('create')
    .argument('<name>', 'becomes the actor on the record')
    .description('make a key; its secret is written to stdout this once')
    .requiredOption('--scope <scope>', 'read, write or admin')
    .option('--expires <instant>', 'such as 2027-09-01T00:00:00Z')
    .option('--json', 'as JSON')
    .action(async (name, options) => finish((await import('./keys.ts')).createKeyCommand(env, name, options)));
  keys
    .command('list')
    .description('all of them, without their secrets')
    .option('--json', 'as JSON')
    .action(async (options) => finish((await import('./keys.ts')).listKeysCommand(env, options)));
  keys
    .command('revoke')
    .argument('<key>', 'its name or its id')
    .description('let a key open nothing from now on')
    .option('--json', 'as JSON')
    .action(async (key, options) => finish((await import('./keys.ts')).revokeKeyCommand(env, key, options)));
  program
    .command('demo')
    .description('watch a sample assignment whose stages flip within the next minute')
    .action(async () => finish((await import('./demo.ts')).demo(env)));
  return program;
}

/** As `node --env-file` does, and without knowing where main.ts is. */
function readEnvFile(file: string | undefined): NodeJS.ProcessEnv {
  if (file === undefined) return {};
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError([`--env: ${messageOf(error)}; expected a file of lines NAME=value`]);
  }
}

/** commander would take an unknown word for an argument of the default command. */
const isUnknown = (word: string | undefined, known: readonly string[]): word is string =>
  word !== undefined && !word.startsWith('-') && word !== 'help' && !known.includes(word);

/** Errors of the environment have a code, and their message is enough. All others are bugs, shown with their stack. */
function explain(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === SQLSTATE.noTable) return 'The database has no Stagebell schema yet: run stagebell migrate.';
  if (error instanceof StagebellError || typeof code === 'string') return messageOf(error);
  return (error as Error)?.stack ?? messageOf(error);
}
