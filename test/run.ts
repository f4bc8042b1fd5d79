import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/base/errors.ts';
import { requireBrowser } from './support/browser.ts';
import { PATIENCE_VARIABLE } from './support/patience.ts';
import { PORTS_VARIABLE } from './support/ports.ts';
import { POSTGRES_VARIABLE } from './support/postgres.ts';
import { PostgresServer } from './support/postgres-server.ts';
import { requireRedis } from './support/redis.ts';
import type { Counts } from './support/reporter.ts';
import { Usage } from './support/usage.ts';

/**
 * The one command: format, lint and floors, types, then every test, on a real PostgreSQL and a real
 * Redis that it starts itself. `npm test -- test/db` and `npm test -- --grep fence` narrow the tests.
 * Its last line is `N passed, N failed`; each step before the tests counts as one.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The fast ones first, so that a mistake shows early; folders that are not named here come between. */
const FIRST = ['domain', 'base', 'config', 'leader', 'scheduler', 'db', 'commands', 'events'];
const LAST = ['story'];
/** These run beside the others, in a process of their own, in this order: a busy machine does not make them fail. */
const BESIDE = ['db/embedded/', 'contract/', 'cli/', 'http/', 'proof/fuzz/', 'instance/instances.test.ts', 'field/'];
/** After those, because a browser may have to be installed first, which takes a minute. */
const IN_A_BROWSER = ['browser/'];
/** After the others: what is broken here must not be broken for them. */
const LAST_OF_ALL = ['proof/chaos/'];
/** Beside all of them, with what processor time they leave: these have a clock of their own. */
const IN_SIMULATED_TIME = ['proof/sim/', 'proof/model/'];
/** With these in it, a suite runs beside the others as well, so that one embedded database serves all: a start costs seconds. */
const ON_EMBEDDED = /onEachDatabase|sharedEmbedded/;
/** Compiling its code well takes longer than running it as often as tests do. A simulation runs it for minutes. */
const WASM_AS_IT_COMES = '--liftoff-only';
/** `bench` is run by hand: it takes minutes and has a machine to itself. */
const NOT_TESTS = ['support', 'bench'];
/** Their time limits are for a processor of their own, and they may get a tenth of one. */
const PATIENCE = 10;
/** The others have bells that must ring on time, so these make way for them: more than usual, and most of all. */
const [MAKING_WAY, LEFT_OVER] = [5, 10];

/** A mocha that has reported and does not end holds on to something: the leak check has said what. */
const EXIT_GRACE_MS = 5000;

const running = new Set<ChildProcess>();
let cluster: PostgresServer | undefined;
let passed = 0;
let failed = 0;
/** Said once more at the end: the end of a log is what a CI shows. */
const failures: string[] = [];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    for (const child of running) child.kill('SIGTERM');
    await cluster?.remove();
    process.exit(130);
  });
}

const startedAt = performance.now();
const usage: Usage = new Usage('npm test -- [FILE or FOLDER]... [--grep PATTERN] [--invert] [--bail]');
const { positionals } = usage.read({
  options: {
    grep: { type: 'string', short: 'g', multiple: true },
    fgrep: { type: 'string', short: 'f' },
    invert: { type: 'boolean', short: 'i' },
    bail: { type: 'boolean', short: 'b' },
    timeout: { type: 'string', short: 't' },
  },
  allowPositionals: true,
});
const missing = positionals.find((argument) => !existsSync(argument));
if (missing !== undefined) usage.refuse(`There is no ${missing}`);
const only = process.argv.slice(2);
try {
  const servers = startServers();
  // Reported when it is their turn; until then a failure is not an unhandled one.
  servers.catch(() => {});
  const wantsBrowser = positionals.length === 0 || positionals.some((path) => path.includes('browser'));
  const browser = wantsBrowser ? requireBrowser() : Promise.resolve(null);
  await step('format, lint, floors', () => succeed('biome', ['check', '--error-on-warnings', '--max-diagnostics=100']));
  await step('types', () => succeed('tsc', []));
  const isReady = await step('PostgreSQL and Redis', () => servers);
  if (isReady) await runTests(browser);
  const skipped = await browser;
  if (skipped !== null) console.log(skipped);
} finally {
  await cluster?.remove();
}
for (const failure of failures) console.log(`\n✘ ${failure}`);
console.log(`\n${seconds(startedAt)} in all`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function step(name: string, work: () => Promise<void>): Promise<boolean> {
  const from = performance.now();
  try {
    await work();
    passed += 1;
    console.log(`✔ ${name} (${seconds(from)})`);
    return true;
  } catch (error) {
    fail(`${name} (${seconds(from)})\n${messageOf(error)}`);
    return false;
  }
}

function fail(text: string): void {
  failed += 1;
  failures.push(text);
  console.log(`✘ ${text}`);
}

async function startServers(): Promise<void> {
  await requireRedis();
  cluster = await PostgresServer.start();
  await cluster.askForPassword();
  process.env[POSTGRES_VARIABLE] = cluster.url;
}

/** @param browser resolves when it is there, or will never be */
async function runTests(browser: Promise<unknown>): Promise<void> {
  const from = performance.now();
  if (positionals.length > 0) await browser;
  const files = positionals.length > 0 ? [] : suites();
  const of = (paths: readonly string[]): string[] =>
    paths.flatMap((path) => files.filter((file) => file.startsWith(`test/${path}`)));
  const [last, simulated, seen] = [of(LAST_OF_ALL), of(IN_SIMULATED_TIME), of(IN_A_BROWSER)];
  const beside = [
    ...new Set([...of(BESIDE), ...files.filter((file) => ON_EMBEDDED.test(readFileSync(`${ROOT}${file}`, 'utf8')))]),
  ];
  const others = files.filter((file) => ![...beside, ...last, ...simulated, ...seen].includes(file));
  const simulating = simulated.length > 0 && mocha(simulated, 'pipe', 2, LEFT_OVER);
  const besides = (async () => {
    if (beside.length > 0) await mocha(beside, 'pipe', 1, MAKING_WAY);
    await browser;
    if (seen.length > 0) await mocha(seen, 'pipe', 1, MAKING_WAY);
  })();
  await mocha(others, 'inherit', 0);
  if (last.length > 0) await mocha(last, 'inherit', 0);
  await Promise.all([besides, simulating]);
  console.log(`tests (${seconds(from)})`);
}

/**
 * @param stdout `pipe`: what it says is printed when it has ended, for two at once cannot be read
 * @param ports which part of the ports it draws from
 */
async function mocha(
  files: readonly string[],
  stdout: 'inherit' | 'pipe',
  ports: 0 | 1 | 2,
  priority = 0,
): Promise<void> {
  let counts: Counts | undefined;
  let said = '';
  const args = ['--reporter=test/support/reporter.ts', ...only, ...files];
  const isLast = priority === LEFT_OVER;
  const patience = isLast ? PATIENCE : 1;
  const env = { ...process.env, [PORTS_VARIABLE]: String(ports), [PATIENCE_VARIABLE]: String(patience) };
  const options = isLast ? [] : [WASM_AS_IT_COMES];
  const child = start('mocha', args, ['ignore', stdout, 'inherit', 'ipc'], env, options);
  // Otherwise it keeps ours, which may be a low one.
  if (priority !== 0) setPriority(child.pid ?? 0, priority);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let timer: NodeJS.Timeout | undefined;
  child.once('message', (message) => {
    counts = message as Counts;
    timer = setTimeout(() => {
      fail('mocha did not end after its last test');
      child.kill('SIGKILL');
    }, EXIT_GRACE_MS);
  });
  await exited;
  clearTimeout(timer);
  process.stdout.write(said);
  if (counts === undefined) return fail(`mocha ended without a report, of ${files.join(' ')}`);
  passed += counts.passed;
  failed += counts.failed;
  failures.push(...counts.failures);
}

function folderOf(file: string): string {
  return file.split('/')[1] ?? '';
}

/** Every file of tests, folder by folder in order. */
function suites(): string[] {
  const rank = (file: string): number => {
    const folder = folderOf(file);
    if (FIRST.includes(folder)) return FIRST.indexOf(folder);
    return LAST.includes(folder) ? 200 + LAST.indexOf(folder) : 100;
  };
  return globSync('test/**/*.test.ts', { cwd: ROOT })
    .filter((file) => !NOT_TESTS.includes(folderOf(file)))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Runs a tool to its end. @throws with what it said when it fails */
async function succeed(tool: string, args: string[]): Promise<void> {
  const child = start(tool, args, ['ignore', 'pipe', 'pipe']);
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(said);
}

/** A tool of our own node_modules, under the Node that runs this. */
function start(
  tool: string,
  args: string[],
  stdio: ('ignore' | 'pipe' | 'inherit' | 'ipc')[],
  env: NodeJS.ProcessEnv = process.env,
  options: readonly string[] = [],
): ChildProcess {
  const command = [...options, `${ROOT}/node_modules/.bin/${tool}`, ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio, env });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}
