import { expect } from 'chai';
import { Random } from '../random.ts';
import { postgresForSimulations } from './play.ts';
import { report } from './report.ts';
import { Run } from './run.ts';

const DAY_MS = 86_400_000;
const WEEKS = 2;
const ASSIGNMENTS = 200;
const MINUTE_MS = 60_000;

/**
 * Weeks of a term with thousands of stages, and what happens to a service in weeks: staff move deadlines,
 * instances restart daily, somebody's clock is set, Redis and the database are away for a while.
 */
describe('a simulated term', () => {
  it(`of ${WEEKS} weeks and ${ASSIGNMENTS * 5} stages: each boundary once, on calm days within milliseconds`, async function () {
    this.timeout(120_000);
    const postgres = await postgresForSimulations();
    const shape = {
      seed: 2026,
      leaseMs: 30 * MINUTE_MS,
      instances: 2,
      hasWeb: false,
      redis: 1,
      horizon: 200,
      batch: 1000,
    };
    const run = await Run.begin(shape, postgres);
    const { sim, clients, injector } = run;
    const random = new Random(2026, 'term');
    for (let i = 0; i < ASSIGNMENTS; i++) {
      // Deadlines are at nine, at noon or at midnight.
      const stages = Array.from({ length: 5 }, () => {
        const inMs = random.integer(0, WEEKS * 7 - 5) * DAY_MS + random.pick([1, 4, 16]) * 60 * MINUTE_MS;
        return { inMs, lengthMs: random.pick([1, 2, 4]) * DAY_MS };
      });
      await clients.perform({ edit: { kind: 'create', stages }, via: 'sql', fault: null });
    }
    for (let day = 0; day < WEEKS * 7; day++) {
      if (day % 7 === 1) injector.strike({ kind: 'hand-over', target: 'leader', isSuccessorFirst: true, forMs: 0 });
      if (day % 7 === 3)
        injector.strike({ kind: 'step-wall', target: 'leader', byMs: random.integer(-90_000, 90_000) });
      if (day % 14 === 5) injector.strike({ kind: 'database-down', forMs: MINUTE_MS });
      if (day % 14 === 12) injector.strike({ kind: 'redis-down', server: 'all', forMs: 60 * MINUTE_MS });
      for (let edits = 0; edits < 10; edits++) {
        await sim.run(DAY_MS / 10);
        const stage = random.integer(0, 100_000);
        const byMs = random.integer(-2, 4) * DAY_MS;
        await clients.perform({ edit: { kind: 'shift', stage, byMs }, via: random.pick(['sql', 0, 1]), fault: null });
      }
    }
    const outcome = await run.conclude();
    expect(outcome.violations, report(shape, outcome)).to.deep.equal([]);
    expect(outcome.counts.transitions).to.be.above(ASSIGNMENTS * 5);
    expect(outcome.counts.calm).to.be.above(ASSIGNMENTS * 4);
  });
});
