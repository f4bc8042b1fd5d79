import { Usage } from '../../support/usage.ts';
import { loadPlaces } from './host-modules.ts';
import { programOf } from './program.ts';
import { replayOf, report } from './report.ts';
import { run } from './run.ts';
import { SimulatedPostgres } from './simulated-postgres.ts';
import { PLACES } from './simulation.ts';

/** `npm run sim -- --seed 7` replays one; `npm run sim -- --seeds 20000 --from 1` runs many. */
const usage: Usage = new Usage('npm run sim -- [--seed N | --seeds 500 --from 1] [--trace]');
const { values } = usage.read({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean' },
  },
});
const from = values.seed === undefined ? usage.whole('from', values.from, 0) : usage.whole('seed', values.seed, 0);
const count = values.seed === undefined ? usage.whole('seeds', values.seeds) : 1;
/** A database grows old: dead rows of its own catalogue slow it down. */
const SEEDS_A_DATABASE = 500;

await loadPlaces(PLACES);
let postgres = await SimulatedPostgres.create();
const startedMs = performance.now();
let failed = 0;
const sums = { transitions: 0, calm: 0, terms: 0, faults: 0, requests: 0, simulatedMs: 0 };
for (let i = 0; i < count; i++) {
  if (i > 0 && i % SEEDS_A_DATABASE === 0) {
    await postgres.close();
    postgres = await SimulatedPostgres.create();
    progress(i);
  }
  const seed = from + i;
  const program = programOf(seed);
  const outcome = await run(program, postgres);
  for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += outcome.counts[key];
  if (values.trace) console.log(outcome.trace.toString());
  if (outcome.violations.length > 0) {
    failed += 1;
    console.log(report(program.shape, outcome, replayOf(seed)));
  }
}
await postgres.close();
progress(count);
console.log(`${failed} of ${count} seeds failed`);
process.exitCode = failed === 0 ? 0 : 1;

function progress(done: number): void {
  const seconds = (performance.now() - startedMs) / 1000;
  const { transitions, calm, terms, faults, requests, simulatedMs } = sums;
  console.log(
    `${done} seeds in ${seconds.toFixed(1)} s (${((1000 * seconds) / done).toFixed(0)} ms each): ${(simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${faults} faults, ${requests} requests, ${transitions} transitions (${calm} bells in calm), ${terms} terms, ${failed} failed`,
  );
}
