import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../src/base/errors.ts';
import { POSTGRES_VARIABLE } from '../../support/postgres.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { requireRedis } from '../../support/redis.ts';
import { Usage } from '../../support/usage.ts';
import { MUTANTS } from './all.ts';
import { type Instrument, type Mutant, nameOf } from './mutant.ts';
import { Workbench } from './workbench.ts';

/**
 * `npm run mutants`: puts each mutant into a copy of the project and runs the instrument that must
 * catch it; before that, each instrument on the copy as it is, where it must pass. `-- --only name`
 * narrows it to the mutants with that in their names. Ends with 1 when one survives.
 */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const usage: Usage = new Usage("npm run mutants -- [--only 'PART OF A NAME']");
const { only } = usage.read({ options: { only: { type: 'string', default: '' } } }).values;
const mutants = MUTANTS.filter(({ name }) => name.includes(only));
if (mutants.length === 0) usage.refuse(`--only: no mutant has '${only}' in its name`);
const startedAt = performance.now();
await requireRedis();
const cluster = await PostgresServer.start();
await cluster.askForPassword();
process.env[POSTGRES_VARIABLE] = cluster.url;
const workbench = new Workbench(ROOT);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    await cluster.remove();
    workbench.remove();
    process.exit(130);
  });
}

let survivors = 0;
try {
  const broken = await brokenInstruments();
  console.log('\n| mutant | what it breaks | caught by | seconds | |\n|---|---|---|---|---|');
  for (const mutant of mutants) {
    if (broken.has(nameOf(mutant.caughtBy)) || !(await isCaught(mutant))) survivors += 1;
  }
} finally {
  workbench.remove();
  await cluster.remove();
}
console.log(`\n${mutants.length} mutants, ${survivors} survived, ${seconds(startedAt)} s in all`);
process.exitCode = survivors === 0 ? 0 : 1;

/** An instrument that fails on sound code catches everything, and shows nothing: its mutants count as not caught. */
async function brokenInstruments(): Promise<Set<string>> {
  const broken = new Set<string>();
  const instruments = new Map(mutants.map(({ caughtBy }) => [nameOf(caughtBy), caughtBy]));
  for (const [name, instrument] of instruments) {
    const from = performance.now();
    // Once more where it fails: a busy machine is no fault of the code.
    const why = (await complaint(instrument)) && (await complaint(instrument));
    if (why) broken.add(name);
    console.log(
      why ? `✘ ${name} fails, or tests nothing, without any mutant:\n${why}` : `✔ ${name} (${seconds(from)} s)`,
    );
  }
  return broken;
}

/** What it says where it does not pass; empty = it passes. */
async function complaint(instrument: Instrument): Promise<string> {
  try {
    const { hasPassed, said } = await workbench.run(instrument);
    return hasPassed ? '' : said || 'it says nothing';
  } catch (error) {
    return messageOf(error);
  }
}

async function isCaught(mutant: Mutant): Promise<boolean> {
  const from = performance.now();
  const verdict = await workbench.with(mutant, () => verdictOn(mutant.caughtBy));
  const cells = [mutant.name, mutant.breaks, nameOf(mutant.caughtBy), seconds(from), verdict];
  console.log(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return verdict === 'caught';
}

/** A mutant that does not even start was no mutant. */
async function verdictOn(instrument: Instrument): Promise<string> {
  try {
    return (await workbench.run(instrument)).hasPassed ? 'SURVIVED' : 'caught';
  } catch (error) {
    return `BROKEN: ${messageOf(error).slice(0, 500)}`;
  }
}

function seconds(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(1);
}
