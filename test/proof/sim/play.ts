import { expect } from 'chai';
import type { KnownStage, Request } from './clients.ts';
import type { Fault } from './fault.ts';
import { loadPlaces } from './host-modules.ts';
import { report } from './report.ts';
import { Run } from './run.ts';
import { Sabotage } from './sabotage.ts';
import type { SimulatedInstance } from './simulated-instance.ts';
import { SimulatedPostgres } from './simulated-postgres.ts';
import { PLACES, type Shape, type Simulation } from './simulation.ts';

/** One crossing of a boundary, for expectations. */
export interface Crossed {
  to: string;
  cause: string;
  instance: string | null;
  term: number | null;
  lateMs: number | null;
}

const SHAPE: Shape = { seed: 1, leaseMs: 1000, instances: 3, hasWeb: false, redis: 3, horizon: 1000, batch: 1000 };

/** One PGlite for all simulations of a process: to make one takes seconds. */
let shared: Promise<SimulatedPostgres> | null = null;

export function postgresForSimulations(): Promise<SimulatedPostgres> {
  shared ??= loadPlaces(PLACES).then(() => SimulatedPostgres.create());
  return shared;
}
// Not at the cost of the first test that needs it.
before(function () {
  this.timeout(60_000);
  return postgresForSimulations();
});
after(async () => {
  await (await shared)?.close();
  shared = null;
});

/** A scenario that is told step by step, and in which at the end everything must hold that always does. */
export class Play {
  readonly sim: Simulation;
  readonly #run: Run;
  #sabotage: Sabotage | null = null;

  private constructor(run: Run) {
    this.#run = run;
    this.sim = run.sim;
  }

  /** @param shape what differs from three instances, three Redis servers and a lease of one second */
  static async perform(shape: Partial<Shape>, script: (play: Play) => Promise<void>): Promise<void> {
    const run = await Run.begin({ ...SHAPE, ...shape }, await postgresForSimulations());
    const play = new Play(run);
    try {
      await play.wait(100);
      await script(play);
    } catch (error) {
      await run.sim.end();
      throw new Error(`${error instanceof Error ? error.message : error}\n${run.sim.world.trace}`, { cause: error });
    }
    const outcome = await run.conclude();
    play.#sabotage?.checkFound();
    expect(outcome.violations, report(run.sim.shape, outcome)).to.deep.equal([]);
  }

  /** A mutant of the service's SQL, from here on. */
  sabotage(replacements: Readonly<Record<string, string>>): void {
    this.#sabotage = new Sabotage(replacements);
    this.sim.postgres.sabotage = this.#sabotage.apply;
  }

  wait(ms: number): Promise<void> {
    return this.sim.run(ms);
  }

  strike(fault: Fault): void {
    this.#run.injector.strike(fault);
  }

  /** A stage that starts in so many milliseconds, and lasts for so many. */
  async stage(inMs: number, lengthMs: number | null = null, via: Request['via'] = 'sql'): Promise<KnownStage> {
    await this.edit({ kind: 'create', stages: [{ inMs, lengthMs }] }, via);
    return this.#run.clients.stages.at(-1) as KnownStage;
  }

  async edit(edit: Request['edit'], via: Request['via'] = 'sql', fault: Request['fault'] = null): Promise<void> {
    await this.#run.clients.perform({ edit, via, fault });
  }

  get leader(): SimulatedInstance {
    const [leader, ...others] = this.sim.leaders;
    if (leader === undefined || others.length > 0) throw new Error(`${this.sim.leaders.length} lead`);
    return leader;
  }

  /** The record of a stage. */
  crossings({ id }: KnownStage): Promise<Crossed[]> {
    return this.sim.postgres.rows<Crossed>(
      `SELECT to_status AS to, cause, instance, term::float8 AS term, public.to_ms(occurred_at) - public.to_ms(due_at) AS "lateMs"
       FROM transition WHERE stage_id = $1 ORDER BY transition.id`,
      [id],
    );
  }

  async terms(): Promise<number> {
    const [row] = await this.sim.postgres.rows<{ terms: number }>('SELECT count(*)::float8 AS terms FROM term');
    return row?.terms ?? 0;
  }
}
