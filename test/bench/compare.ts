import { Usage } from '../support/usage.ts';
import { Bench } from './bench.ts';
import type { Comparison, Measured, Outcome } from './comparison/comparison.ts';
import { ENTRIES, type Entry, labelOf } from './comparison/entry.ts';
import { judge } from './comparison/goals.ts';
import { installContenders } from './comparison/install.ts';
import { publish } from './comparison/publish.ts';
import { shown, summary } from './comparison/report.ts';
import { describeRun, type Results, readResults, writeResults } from './comparison/results.ts';
import { COMPARISONS } from './comparison/scenarios.ts';

/**
 * `npm run bench`: Stagebell beside the alternatives, each on the same work in turn, on servers that
 * it starts itself. One table at the end. Exit code 1 when Stagebell misses a goal, 2 for wrong usage.
 *
 *     npm run bench -- --scenario bell,spread --contender stagebell,bullmq --runs 1 --json figures.json
 *     npm run bench -- --from figures.json --publish      # table and pictures of an earlier run
 */
process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  const results = options.from === undefined ? await measureAll(options) : readResults(options.from);
  console.log(`\n${summary(results)}`);
  if (options.publish) publish(results);
  return judge(results).some(({ isMet }) => isMet === false) ? 1 : 0;
}

async function measureAll(options: Options): Promise<Results> {
  installContenders();
  const bench = new Bench(1, (text) => console.log(`    ${text}`));
  try {
    const results = await describeRun(bench, options.command, options.runs, options.size);
    for (const comparison of options.comparisons) {
      for (const entry of options.entries) {
        if (comparison.only !== undefined && !comparison.only.includes(entry.name)) continue;
        results.outcomes.push(await measure(bench, comparison, entry, options));
        // After each, so that a run of an hour that is broken off leaves what it has.
        if (options.json !== undefined) writeResults(options.json, results);
      }
    }
    return results;
  } finally {
    await bench.stop();
  }
}

async function measure(bench: Bench, comparison: Comparison, entry: Entry, options: Options): Promise<Outcome> {
  const outcome: Outcome = { comparison: comparison.name, name: entry.name, setting: entry.setting, runs: [] };
  const why = entry.absent?.[comparison.name];
  const times = comparison.isSteady && entry.name !== 'stagebell' ? 1 : options.runs;
  for (let run = 1; run <= times; run++) {
    process.stdout.write(`${comparison.name}, ${labelOf(entry)}, run ${run} of ${times}: `);
    const measured: Measured =
      why !== undefined
        ? { figures: {}, note: why }
        : await comparison.run(bench, entry, options.size).catch((error: Error) => {
            console.log(error.stack);
            return { figures: {}, note: `failed: ${error.message.split('\n', 1)[0]}` };
          });
    console.log(shown(comparison, measured));
    outcome.runs.push(measured);
    // What could not be had once is not tried again: it takes the longest of all.
    if (measured.note !== undefined && entry.name !== 'stagebell') break;
  }
  return outcome;
}

interface Options {
  comparisons: Comparison[];
  entries: Entry[];
  runs: number;
  size: number;
  json: string | undefined;
  from: string | undefined;
  publish: boolean;
  /** What measures the same again: not where the figures go to, but where the database keeps its files. */
  command: string;
}

function readOptions(): Options {
  const scenarioNames = COMPARISONS.map(({ name }) => name);
  const contenderNames = [...new Set(ENTRIES.map(({ name }) => name))];
  const usage: Usage = new Usage(
    `npm run bench -- [--scenario ${scenarioNames}] [--contender ${contenderNames}] [--runs 3] [--size 1] [--json FILE] [--from FILE] [--publish]`,
  );
  const { values } = usage.read({
    options: {
      scenario: { type: 'string', default: scenarioNames.join(',') },
      contender: { type: 'string', default: contenderNames.join(',') },
      runs: { type: 'string', default: '3' },
      size: { type: 'string', default: '1' },
      json: { type: 'string' },
      from: { type: 'string' },
      publish: { type: 'boolean', default: false },
    },
  });
  const scenarios = usage.names('scenario', values.scenario, scenarioNames);
  const contenders = usage.names('contender', values.contender, contenderNames);
  const size = Number(values.size);
  if (!(size > 0 && size <= 1)) usage.refuse('--size must be above 0, and 1 at most');
  const folder = process.env.TMPDIR === undefined ? '' : `TMPDIR=${process.env.TMPDIR} `;
  const given = process.argv
    .slice(2)
    .join(' ')
    .replace(/ ?--(json[ =]\S+|publish)/g, '')
    .trim();
  return {
    comparisons: COMPARISONS.filter(({ name }) => scenarios.includes(name)),
    entries: ENTRIES.filter(({ name }) => contenders.includes(name)),
    runs: usage.whole('runs', values.runs),
    size,
    json: values.json,
    from: values.from,
    publish: values.publish,
    command: `${folder}npm run bench${given === '' ? '' : ` -- ${given}`}`,
  };
}
