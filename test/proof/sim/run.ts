import type { Verdict } from '../checker/history.ts';
import { calmMs, leaderWithinMs } from './bounds.ts';
import { Clients } from './clients.ts';
import { FaultInjector } from './fault-injector.ts';
import { readHistory } from './findings.ts';
import { type Noted, READ_JOURNAL } from './journal.ts';
import { judge } from './judge.ts';
import type { Program } from './program.ts';
import type { Violation } from './replay.ts';
import type { Sabotage } from './sabotage.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';
import { type Shape, Simulation } from './simulation.ts';
import type { Trace } from './trace.ts';
import { endsSessions, type Trouble } from './trouble.ts';
import { T0 } from './world.ts';

export interface Outcome {
  violations: Violation[];
  trace: Trace;
  /** What was checked, and bells that rang on a calm day. */
  counts: Verdict['checked'] & { calm: number; simulatedMs: number };
}

/** Runs a program from its start to the end of the calm after the last fault, and judges it. */
export async function run(
  { shape, steps, healAfterMs }: Program,
  postgres: SimulatedPostgres,
  sabotage?: Sabotage,
): Promise<Outcome> {
  const run = await Run.begin(shape, postgres);
  if (sabotage !== undefined) postgres.sabotage = sabotage.apply;
  const { world } = run.sim;
  for (const step of steps) {
    world.at(T0 + step.afterMs, () => {
      if ('fault' in step) run.injector.strike(step.fault);
      else void run.clients.perform(step.request);
    });
  }
  await world.runUntil(T0 + healAfterMs);
  return run.conclude();
}

/** A deployment, those who write, and those who disturb it; judged at the end. */
export class Run {
  readonly sim: Simulation;
  readonly clients: Clients;
  readonly injector: FaultInjector;
  readonly #found: Violation[] = [];

  private constructor(sim: Simulation) {
    this.sim = sim;
    this.clients = new Clients(sim);
    this.injector = new FaultInjector(sim);
    this.clients.onCrash = (instance) => this.injector.crashed(instance);
  }

  static async begin(shape: Shape, postgres: SimulatedPostgres): Promise<Run> {
    return new Run(await Simulation.begin(shape, postgres));
  }

  /** Heals everything, lets time run on, stops everybody, and judges. To be called once. */
  async conclude(): Promise<Outcome> {
    const { world, postgres } = this.sim;
    const { leaseMs } = this.sim.shape;
    const { troubles } = this.injector;
    const kinds = troubles.map(({ kind }) => kind);
    try {
      const healedMs = world.nowMs;
      this.injector.healAll();
      const healedByDatabaseMs = postgres.clockMs;
      await world.runUntil(healedMs + leaderWithinMs(kinds, leaseMs));
      const leader = this.#oneLeader();
      await world.runUntil(healedMs + calmMs(kinds, leaseMs));
      if (leader !== this.#oneLeader()) this.#notice('leader', 'leadership changed in calm');
      this.#allWell(troubles);
      const history = await readHistory(leaseMs, postgres, this.clients, troubles, healedByDatabaseMs);
      const journal = await postgres.rows<Noted>(READ_JOURNAL);
      const { violations, verdict } = judge({
        history,
        journal,
        known: this.clients.stages,
        stepped: postgres.stepped,
      });
      const counts = { ...verdict.checked, calm: verdict.calm.count, simulatedMs: world.nowMs - T0 };
      return { violations: [...this.#found, ...violations, ...(await this.#end())], trace: world.trace, counts };
    } finally {
      await this.#end();
    }
  }

  /** @returns what was left behind, or went wrong beside */
  async #end(): Promise<Violation[]> {
    await this.sim.end();
    return this.sim.complaints.map((detail) => ({ rule: 'complaint', detail, atMs: this.sim.world.nowMs }));
  }

  #notice(rule: string, detail: string): void {
    this.#found.push({ rule, detail, atMs: this.sim.world.nowMs });
  }

  /** The one that leads by its own account; the checker asks the database. */
  #oneLeader(): string | null {
    const [leader, ...others] = this.sim.leaders;
    if (leader !== undefined && others.length === 0) return `${leader.name} in term ${leader.engine.epoch}`;
    this.#notice('leader', `${this.sim.leaders.length} instances believe to lead`);
    return null;
  }

  /** Nobody complains any more. */
  #allWell(troubles: readonly Trouble[]): void {
    // That they were ended often is said for a while.
    const areEndedOften = troubles.filter(endsSessions).length >= 3;
    for (const { name, engine } of this.sim.living) {
      const parts = engine.degraded.filter((part) => isOurs(part) && !(part === 'succession' && areEndedOften));
      const complaints = [...engine.notReady, ...parts.map((what) => `without ${what}`)];
      const { toldBy, why } = engine.toldBy;
      if (engine.role !== 'none' && toldBy !== 'postgres' && !areEndedOften)
        complaints.push(`would not be told of the end of the leader: ${why}`);
      if (complaints.length > 0) this.#notice('unwell', `${name} at the end: ${complaints.join('; ')}`);
    }
  }
}

/** A wall clock that was stepped stays wrong: it is told, and is nothing that an instance could mend. */
const isOurs = (part: string): boolean => part !== 'clock';
