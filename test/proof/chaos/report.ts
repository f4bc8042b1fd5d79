import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineSeen } from './machine.ts';
import { timeline } from './picture/timeline.ts';
import type { Outcome } from './run.ts';
import { type Worst, worstOf } from './worst.ts';

/** Writes the history, the picture and the logs. @returns the picture's path */
export function writeFiles({ history, verdict, faults, logs, machine }: Outcome, folder: string, seed: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'history.json'), `${JSON.stringify({ seed, verdict, machine, history }, null, 1)}\n`);
  for (const [name, log] of logs) writeFileSync(join(folder, `${name}.log`), log);
  const picture = join(folder, 'timeline.svg');
  writeFileSync(picture, timeline(history, faults, `seed ${seed}`));
  return picture;
}

const faultLine = ({ kind, count, latestMs, boundMs }: Worst): string =>
  `  ${String(count).padStart(4)}  ${kind.padEnd(32)} ${(latestMs === null ? '-' : `${latestMs}`).padStart(9)} ms  ${String(boundMs).padStart(6)} ms`;

/** What chaos itself does to two cores is less. */
const BUSY = 5;

/** For whoever has a late bell to explain. */
function aboutMachine({ standstills, stretches }: MachineSeen): string {
  const longest = standstills.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, 3);
  const at = longest.map(({ fromMs, toMs }) => `${toMs - fromMs} ms from ${clockOf(fromMs)}`);
  const times = stretches.toSorted((a, b) => a.times - b.times);
  const [median, worst] = [times[times.length >> 1], times.at(-1)];
  const share = `work took ${median?.times.toFixed(1)} times as long, at worst ${worst?.times.toFixed(1)} times at ${clockOf(worst?.atMs ?? 0)}`;
  const said = `machine      ${share}; it stood still ${[standstills.length, ...at].join(', ')}`;
  return (median?.times ?? 0) < BUSY
    ? said
    : `${said}\n             so busy with others that late bells say little about the service`;
}

const clockOf = (ms: number): string => new Date(ms).toISOString().slice(11, 23);

/** What was done, what was found, and one verdict at the end. */
export function summary({ history, verdict, faults, leftOut, machine }: Outcome, seed: string): string {
  const { checked, calm, violations } = verdict;
  const outcomes = (['ok', 'refused', 'maybe'] as const).map(
    (outcome) => `${history.requests.filter((request) => request.outcome === outcome).length} ${outcome}`,
  );
  const bells = history.transitions.filter(({ cause }) => cause !== 'edit');
  const lateness = bells.map(({ dueMs, occurredMs }) => occurredMs - (dueMs ?? occurredMs)).sort((a, b) => a - b);
  const quantile = (q: number): number => Math.round(lateness[Math.ceil(q * lateness.length) - 1] ?? 0);
  return [
    'faults                                          the latest bell of those that came alone, and its bound',
    ...worstOf(history, faults).map(faultLine),
    ...[...leftOut].map(([kind, what]) => `     -  ${kind}: left out, ${what} is not to be had here`),
    `requests     ${checked.requests}: ${outcomes.join(', ')}`,
    `transitions  ${checked.transitions}, ${bells.length} of them bells, of ${checked.stages} stages, in ${checked.terms} terms`,
    `lateness     in calm p50 ${calm.p50} ms, p99 ${calm.p99} ms, max ${calm.max} ms (${calm.count} bells)`,
    `             in all  p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, max ${quantile(1)} ms (${bells.length} bells)`,
    aboutMachine(machine),
    ...violations.map(({ rule, detail }) => `✘ ${rule}: ${detail}`),
    violations.length === 0
      ? `✔ seed ${seed}: no promise was broken`
      : `✘ seed ${seed}: ${violations.length} violations`,
  ].join('\n');
}
