import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { summary, writeFiles } from './report.ts';
import { runChaos } from './run.ts';
import { fixedSchedule } from './schedule.ts';

const SEED = 'test';

/** One of each family, some of them two at once; `npm run chaos` has them all, in any order, for as long as one likes. */
const FAULTS = [
  // First, while nothing else is wrong: then PostgreSQL has to tell of it.
  'leader killed',
  'lock session ended',
  'notify queue full',
  'old snapshot',
  'redis refuses writes',
  'postgres half-open',
  'redis all refuse + leader killed',
  'leader paused &',
  'postgres crashed',
  'clock forward &',
  'leader sessions ended',
  'connections run out',
  'deploy overlap &',
  'listen half-open',
  'database read-only',
];

describe('chaos', () => {
  it('breaks no promise, whatever is broken', async function () {
    this.timeout(180_000);
    const outcome = await runChaos({
      seed: SEED,
      leaseMs: 1000,
      lastsMs: 90_000,
      schedule: (random, leaseMs) => fixedSchedule(FAULTS, random, leaseMs),
      say: () => {},
    });
    if (outcome.verdict.violations.length > 0) {
      // What it takes to find out why.
      const picture = writeFiles(outcome, fileURLToPath(new URL('./out/test', import.meta.url)), SEED);
      expect.fail(`${summary(outcome, SEED)}\n${picture}`);
    }
    // A run in which nothing happened proves nothing.
    expect(outcome.verdict.checked.transitions).to.be.at.least(400);
    const kinds = new Set(outcome.faults.map(({ kind }) => kind));
    const missing = FAULTS.map((name) => name.replace(/ &$/, '')).filter((name) => !kinds.has(name));
    expect(missing.filter((name) => !outcome.leftOut.has(name))).to.deep.equal([]);
  });
});
