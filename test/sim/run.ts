import { type FinalRow, judge, type Findings } from './judge.ts';
import { type Noted, READ_JOURNAL } from './journal.ts';
import { Nemesis } from './nemesis.ts';
import type { PostgresServer } from './postgres-server.ts';
import { leaderWithinMs, type Program } from './program.ts';
import type { Violation } from './replay.ts';
import { Simulation } from './simulation.ts';
import type { Trace } from './trace.ts';
import { T0 } from './world.ts';
import { OFFICE, Workload } from './workload.ts';

export interface Outcome {
  violations: Violation[];
  trace: Trace;
  counts: { transitions: number; bells: number; terms: number; faults: number; requests: number; simulatedMs: number };
}

/** Runs a program from its start to the end of the calm after the last fault, and judges it. */
export async function run(program: Program, postgres: PostgresServer): Promise<Outcome> {
  const { shape, steps, healAfterMs, calmMs } = program;
  const sim = await Simulation.begin(shape, postgres);
  const { world } = sim;
  const workload = new Workload(sim);
  const nemesis = new Nemesis(sim);
  const found: Violation[] = [];
  const notice = (rule: string, detail: string): void => {
    found.push({ rule, detail, atMs: world.nowMs });
  };
  try {
    for (const step of steps) {
      world.at(T0 + step.afterMs, () => {
        if ('fault' in step) nemesis.strike(step.fault);
        else void workload.perform(step.request);
      });
    }
    const healedMs = T0 + healAfterMs;
    await world.runUntil(healedMs);
    nemesis.healAll();
    await world.runUntil(healedMs + leaderWithinMs(program));
    const leader = oneLeader(sim, notice);
    await world.runUntil(healedMs + calmMs);
    if (leader !== oneLeader(sim, notice)) notice('leader', 'leadership changed in calm');
    await nothingBehind(sim, notice);
    const findings: Findings = {
      program,
      healedMs,
      endedMs: world.nowMs,
      clockMs: sim.clockMs,
      journal: await postgres.rows<Noted>(READ_JOURNAL),
      stages: await postgres.rows<FinalRow>(FINAL),
      terms: await postgres.rows(TERMS),
      known: workload.stages,
      troubles: nemesis.troubles,
      byHand: OFFICE,
    };
    const { violations, counts } = judge(findings);
    found.push(...violations);
    const requests = workload.counts.committed + workload.counts.refused + workload.counts.failed;
    return {
      violations: found,
      trace: world.trace,
      counts: { ...counts, faults: nemesis.troubles.length, requests, simulatedMs: world.nowMs - T0 },
    };
  } finally {
    await sim.end();
    for (const complaint of sim.complaints) notice('complaint', complaint);
  }
}

const FINAL = `SELECT id, public.to_ms(start_date) AS "startMs", public.to_ms(end_date) AS "endMs", status,
  stage_status(start_date, end_date, clock_timestamp()) AS effective FROM stage ORDER BY id`;
const TERMS = `SELECT epoch::float8 AS epoch, instance, public.to_ms(started_at) AS "startedMs", public.to_ms(ended_at) AS "endedMs", ended_by AS "endedBy"
  FROM term ORDER BY epoch`;

/** The one that leads, by its own account and by the database's. */
function oneLeader(sim: Simulation, notice: (rule: string, detail: string) => void): string | null {
  const names = sim.leaders.map(({ name }) => name);
  if (names.length !== 1) notice('leader', `${names.length} instances lead: ${names.join(', ')}`);
  return names.length === 1 ? `${names[0]} in term ${sim.leaders[0]?.engine.epoch}` : null;
}

/** G3. */
async function nothingBehind(sim: Simulation, notice: (rule: string, detail: string) => void): Promise<void> {
  const rows = await sim.postgres.rows<{ id: string }>(
    `SELECT id FROM stage WHERE status <> stage_status(start_date, end_date, clock_timestamp() - interval '20 ms')
     AND status <> stage_status(start_date, end_date, clock_timestamp())`,
  );
  for (const { id } of rows) notice('lost', `stage ${id} is behind its dates`);
}
