import type { Verdict } from '../checker/history.ts';
import { readHistory } from './findings.ts';
import { judge } from './judge.ts';
import { type Noted, READ_JOURNAL } from './journal.ts';
import { Nemesis } from './nemesis.ts';
import type { PostgresServer } from './postgres-server.ts';
import { leaderWithinMs, type Program } from './program.ts';
import type { Violation } from './replay.ts';
import { Simulation } from './simulation.ts';
import type { Trace } from './trace.ts';
import { T0 } from './world.ts';
import { Workload } from './workload.ts';

export interface Outcome {
  violations: Violation[];
  trace: Trace;
  /** What was checked, and bells that rang on a calm day. */
  counts: Verdict['checked'] & { calm: number; simulatedMs: number };
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
    const healedByDatabaseMs = sim.clockMs;
    await world.runUntil(healedMs + leaderWithinMs(program));
    const leader = oneLeader(sim, notice);
    await world.runUntil(healedMs + calmMs);
    if (leader !== oneLeader(sim, notice)) notice('leader', 'leadership changed in calm');
    allWell(sim, notice);
    const history = await readHistory(program, postgres, workload, nemesis.troubles, healedByDatabaseMs);
    const journal = await postgres.rows<Noted>(READ_JOURNAL);
    const { violations, verdict } = judge({ history, journal, known: workload.stages, stepped: postgres.stepped });
    found.push(...violations);
    return {
      violations: found,
      trace: world.trace,
      counts: { ...verdict.checked, calm: verdict.calm.count, simulatedMs: world.nowMs - T0 },
    };
  } finally {
    await sim.end();
    for (const complaint of sim.complaints) notice('complaint', complaint);
  }
}

/** The one that leads, by its own account and by the database's. */
function oneLeader(sim: Simulation, notice: (rule: string, detail: string) => void): string | null {
  const names = sim.leaders.map(({ name }) => name);
  if (names.length !== 1) notice('leader', `${names.length} instances lead: ${names.join(', ')}`);
  return names.length === 1 ? `${names[0]} in term ${sim.leaders[0]?.engine.epoch}` : null;
}

/** Nobody complains any more. */
function allWell(sim: Simulation, notice: (rule: string, detail: string) => void): void {
  for (const { name, engine } of sim.living) {
    const complaints = [...engine.notReady, ...engine.degraded.map((what) => `without ${what}`)];
    if (!engine.isListening) complaints.push('deaf');
    if (complaints.length > 0) notice('unwell', `${name} at the end: ${complaints.join('; ')}`);
  }
}
