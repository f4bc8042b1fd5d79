import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../src/base/errors.ts';
import { Usage } from '../../support/usage.ts';
import { Random } from '../random.ts';
import { summary, writeFiles } from './report.ts';
import { runChaos } from './run.ts';
import { fixedSchedule, randomSchedule, type Step } from './schedule.ts';

/**
 * `npm run chaos`: real processes under faults, and a verdict. Exit code 1 on a violation, 2 for wrong usage.
 *
 *     npm run chaos -- --minutes 10 --seed 7
 *     npm run chaos -- --faults 'leader paused &,redis all down'     only these, again and again; & = overlaps the next
 */
const usage: Usage = new Usage('npm run chaos -- [--minutes 10] [--seed N] [--lease 1000] [--faults NAME,NAME]');

// Not by itself: Node may wait for ever for the handle of a child that has long ended.
process.exit(await main());

async function main(): Promise<number> {
  const { minutes, seed, leaseMs, faults } = readOptions();
  console.log(`seed ${seed}, ${minutes} minutes, lease ${leaseMs} ms`);
  const outcome = await runChaos({
    seed,
    leaseMs,
    lastsMs: minutes * 60_000,
    schedule: (random, lease) =>
      faults === null ? randomSchedule(random, lease) : againAndAgain(faults, random, lease),
    say: (text) => console.log(text),
  });
  const folder = fileURLToPath(new URL(`./out/seed-${seed}`, import.meta.url));
  const picture = writeFiles(outcome, folder, seed);
  console.log(`\n${summary(outcome, seed)}\n${picture}`);
  return outcome.verdict.violations.length === 0 ? 0 : 1;
}

function* againAndAgain(faults: readonly string[], random: Random, leaseMs: number): Generator<Step> {
  for (;;) yield* fixedSchedule(faults, random, leaseMs);
}

interface Options {
  minutes: number;
  seed: string;
  leaseMs: number;
  faults: string[] | null;
}

function readOptions(): Options {
  const { values } = usage.read({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 100_000) },
      lease: { type: 'string', default: '1000' },
      faults: { type: 'string' },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) usage.refuse('--minutes must be a number above 0');
  const leaseMs = usage.whole('lease', values.lease, 1000);
  if (!/^\w+$/.test(values.seed)) usage.refuse('--seed must be letters and digits');
  const faults = values.faults?.split(',').map((name) => name.trim()) ?? null;
  try {
    // Now, and not when its turn comes.
    if (faults !== null) for (const _ of fixedSchedule(faults, new Random(values.seed), leaseMs));
  } catch (error) {
    usage.refuse(messageOf(error));
  }
  return { minutes, seed: values.seed, leaseMs, faults };
}
