import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Usage } from '../support/usage.ts';
import { Bench } from './bench.ts';
import { type Figures, isMet, median, type Result, type Scenario } from './scenario.ts';
import { bell, greatBell } from './scenarios/bell.ts';
import { idle } from './scenarios/idle.ts';
import { largeEdit } from './scenarios/large-edit.ts';
import { overdue, overdueStages } from './scenarios/overdue.ts';
import { pause } from './scenarios/pause.ts';
import { soon } from './scenarios/soon.ts';
import { spread } from './scenarios/spread.ts';
import { start, startOnDays } from './scenarios/start.ts';
import { stream, streamBell, streamCrowd } from './scenarios/stream.ts';
import { crash, handOver } from './scenarios/take-over.ts';
import { webhooks } from './scenarios/webhooks.ts';
import { figure, table } from './table.ts';

/**
 * `npm run measure`: every target of the service, measured on servers that it starts itself, and one
 * table at the end. Exit code 1 when the median of a target misses its bound, 2 for wrong usage.
 *
 *     npm run measure -- --scenario soon,bell --runs 1 --redis 3 --json figures.json
 */
const SCENARIOS: readonly Scenario[] = [
  soon,
  spread,
  bell,
  greatBell,
  largeEdit,
  start,
  startOnDays,
  overdue,
  overdueStages,
  crash,
  handOver,
  pause,
  idle,
  stream,
  streamCrowd,
  streamBell,
  webhooks,
];

process.exitCode = await main();

async function main(): Promise<number> {
  const { scenarios, runs, redis, json } = readOptions();
  const bench = new Bench(redis, (text) => console.log(`    ${text}`));
  const results: Result[] = [];
  try {
    for (const scenario of scenarios) results.push(await measure(bench, scenario, runs));
  } finally {
    await bench.stop();
  }
  console.log(`\n${table(results, runs)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(asJson(results, redis), null, 2)}\n`);
  const isMissed = results.some((result) => result.scenario.targets.some((target) => isMet(target, result) === false));
  return isMissed ? 1 : 0;
}

async function measure(bench: Bench, scenario: Scenario, runs: number): Promise<Result> {
  const result: Result = { scenario, runs: [] };
  for (let run = 1; run <= runs; run++) {
    console.log(`${scenario.name}, run ${run} of ${runs}`);
    const figures = await scenario.run(bench).catch((error: Error) => {
      console.log(`    failed: ${error.stack}`);
      return null;
    });
    result.runs.push(figures);
    if (figures !== null) console.log(`    ${line(scenario, figures)}`);
  }
  return result;
}

function line({ targets }: Scenario, figures: Figures): string {
  return targets
    .map((target) => `${target.name} ${figure(figures[target.name] ?? null, target)} ${target.unit}`.trimEnd())
    .join(', ');
}

interface Options {
  scenarios: Scenario[];
  runs: number;
  redis: number;
  json: string | undefined;
}

function readOptions(): Options {
  const names = SCENARIOS.map(({ name }) => name);
  const usage = new Usage(`npm run measure -- [--scenario ${names}] [--runs 3] [--redis 1|3] [--json FILE]`);
  const { values } = usage.read({
    options: {
      scenario: { type: 'string', default: names.join(',') },
      runs: { type: 'string', default: '3' },
      redis: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  const asked = usage.names('scenario', values.scenario, names);
  const [redis] = usage.names('redis', values.redis, ['1', '3']);
  return {
    scenarios: SCENARIOS.filter(({ name }) => asked.includes(name)),
    runs: usage.whole('runs', values.runs),
    redis: Number(redis),
    json: values.json,
  };
}

function asJson(results: readonly Result[], redis: number): unknown {
  return {
    at: new Date().toISOString(),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    redis,
    targets: results.flatMap((result) =>
      result.scenario.targets.map((target) => ({
        scenario: result.scenario.name,
        ...target,
        runs: result.runs.map((figures) => figures?.[target.name] ?? null),
        median: median(target, result),
        isMet: isMet(target, result),
      })),
    ),
  };
}
