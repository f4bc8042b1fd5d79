import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../src/base/errors.ts';
import { check } from '../checker/check.ts';
import type { History, Verdict } from '../checker/history.ts';
import { Random } from '../random.ts';
import { Arena } from './arena.ts';
import { brokenEdits, collect } from './collect.ts';
import { Machine, type MachineSeen } from './machine.ts';
import { type FaultRecord, Nemesis } from './nemesis.ts';
import type { Step } from './schedule.ts';
import { leaderIsBack, stopAll, untilQuiet } from './settle.ts';
import { HttpWriter } from './workload/http-writer.ts';
import { SqlWriter } from './workload/sql-writer.ts';
import { Workload } from './workload/workload.ts';

const MOST_COMPLAINTS = 20;
/** Bells before the first fault, which show what is normal on this machine. */
const LEAD_IN_MS = 2000;
/** How late a bell may be in calm. Two cores carry all of this: it is the machine's bound, not the service's. */
const CALM_MS = 500;

export interface ChaosOptions {
  seed: string;
  leaseMs: number;
  schedule(random: Random, leaseMs: number): Iterable<Step>;
  /** No fault begins later than this after the start. */
  lastsMs: number;
  say(text: string): void;
}

export interface Outcome {
  history: History;
  verdict: Verdict;
  faults: readonly FaultRecord[];
  /** Kinds of fault that this machine cannot do, and what it lacks. */
  leftOut: ReadonlyMap<string, string>;
  /** What each instance logged, by its name. */
  logs: ReadonlyMap<string, string>;
  machine: MachineSeen;
}

/** One run from the first server to the verdict. Nothing of it is left afterwards. */
export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  options.say('starting one PostgreSQL, three Redis and three instances');
  const world = await Arena.start(options.leaseMs);
  const machine = new Machine();
  try {
    const outcome = await inArena(world, options);
    return { ...outcome, machine: await machine.stop() };
  } finally {
    await machine.end();
    await world.stop();
  }
}

async function inArena(
  world: Arena,
  { seed, leaseMs, schedule, lastsMs, say }: ChaosOptions,
): Promise<Omit<Outcome, 'machine'>> {
  const random = new Random(seed);
  const [row] = await world.admin.sql<{ id: string }>(`INSERT INTO assignment (title) VALUES ('chaos') RETURNING id`);
  const writers = [
    ...world.instances.map((instance) => new HttpWriter(instance)),
    new SqlWriter(world.url, row?.id ?? ''),
  ];
  const workload = new Workload(writers, random.fork('workload'));
  const startedMs = Date.now();
  const nemesis = new Nemesis({
    world,
    random: random.fork('nemesis'),
    schedule: schedule(random.fork('schedule'), leaseMs),
    untilMs: startedMs + lastsMs,
    onHealing: (atMs) => workload.salvo(atMs),
    onFault: (fault) => say(lineOf(fault, startedMs, workload.requests.length)),
  });

  const working = workload.run();
  await sleep(LEAD_IN_MS);
  const complaints: string[] = [];
  await nemesis.run().catch((error) => complaints.push(`something did not heal: ${messageOf(error)}`));
  const healedMs = Date.now();
  const back = await leaderIsBack(world);
  say(`everything is healed; somebody led after ${Math.round(back.tookMs)} ms`);
  await workload.end();
  await working;
  complaints.push(...back.complaints, ...(await untilQuiet(world)));
  // Time for what must not happen: a leader that changes for no reason.
  await sleep(2 * leaseMs);
  const collected = await collect(world.admin, workload.requests);
  complaints.push(...(await brokenEdits(world.admin)).slice(0, MOST_COMPLAINTS));
  complaints.push(...(await stopAll(world)), ...world.instances.flatMap((instance) => instance.complaints));

  const faults = nemesis.faults.toSorted((a, b) => a.startedMs - b.startedMs);
  const history: History = { leaseMs, startedMs, healedMs, ...collected, faults, complaints };
  const logs = new Map(world.instances.map((instance) => [instance.name, instance.log]));
  return { history, verdict: check(history, { calmMs: CALM_MS }), faults, leftOut: nemesis.leftOut, logs };
}

function lineOf({ kind, target, startedMs, undoneMs }: FaultRecord, fromMs: number, requests: number): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1).padStart(6);
  return `${seconds(startedMs - fromMs)} s  ${kind.padEnd(30)} ${target.padEnd(12)} ${seconds(undoneMs - startedMs)} s   ${requests} requests`;
}
