import { SimulatedInstance, type Surroundings } from './simulated-instance.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';
import { SimulatedRedis } from './simulated-redis.ts';
import type { StoppedTime } from './stopped-time.ts';
import { World } from './world.ts';

export interface Shape {
  seed: number;
  leaseMs: number;
  /** Instances at the start; the last one is of role `web` where `hasWeb`. */
  instances: number;
  hasWeb: boolean;
  /** Redis servers: 0, 1 or 3. */
  redis: number;
  horizon: number;
  batch: number;
}

/** Places for instances: as many as may be there at once, old and new together. */
export const PLACES = 6;

/** A whole deployment in simulated time. */
export class Simulation {
  readonly world: World;
  readonly postgres: SimulatedPostgres;
  readonly redis: SimulatedRedis[];
  /** As many again, for instances that are told of other ones. */
  readonly otherRedis: SimulatedRedis[];
  readonly shape: Shape;
  readonly surroundings: Surroundings;
  /** Whoever is at each place, living or dead. */
  readonly places: (SimulatedInstance | null)[] = Array.from({ length: PLACES }, () => null);
  /** What must not be and no table tells. */
  readonly complaints: string[] = [];
  readonly #stopped: SimulatedInstance[] = [];
  readonly #time: StoppedTime;
  #hasEnded = false;

  private constructor(shape: Shape, postgres: SimulatedPostgres, world: World, time: StoppedTime) {
    this.shape = shape;
    this.postgres = postgres;
    this.world = world;
    this.#time = time;
    this.redis = Array.from({ length: shape.redis }, (_, i) => new SimulatedRedis(world, `redis${i + 1}`));
    this.otherRedis = Array.from({ length: shape.redis }, (_, i) => new SimulatedRedis(world, `other redis${i + 1}`));
    const { leaseMs, horizon, batch } = shape;
    this.surroundings = { world, postgres, redis: this.redis, leaseMs, horizon, batch };
    process.on('unhandledRejection', this.#complain);
    for (let place = 0; place < shape.instances; place++) {
      this.start(place, shape.hasWeb && place === shape.instances - 1 ? 'web' : 'all');
    }
  }

  static async begin(shape: Shape, postgres: SimulatedPostgres): Promise<Simulation> {
    const world = new World(shape.seed);
    const time = await postgres.begin(world);
    return new Simulation(shape, postgres, world, time);
  }

  readonly #complain = (reason: unknown): void => {
    this.complaints.push(`unhandled rejection: ${reason instanceof Error ? (reason.stack ?? reason.message) : reason}`);
  };

  /** A new instance at a place where nobody lives; null where somebody does. */
  start(place: number, role: 'all' | 'web' = 'all', redis = this.redis): SimulatedInstance | null {
    const before = this.places[place];
    if (before?.host.isAlive) return null;
    const instance = new SimulatedInstance({ ...this.surroundings, redis }, place, role);
    this.places[place] = instance;
    return instance;
  }

  /** Stops one as at SIGTERM; its place is free afterwards. */
  async stop(instance: SimulatedInstance): Promise<void> {
    await instance.stop();
    if (instance.jobs > 0) this.complaints.push(`${instance.name} left ${instance.jobs} jobs behind`);
    this.#stopped.push(instance);
    const place = this.places.indexOf(instance);
    if (place >= 0) this.places[place] = null;
  }

  get living(): SimulatedInstance[] {
    return this.places.filter((instance) => instance !== null).filter(({ host }) => host.isAlive);
  }

  get serving(): SimulatedInstance[] {
    return this.living.filter((instance) => instance.isServing);
  }

  /** Those that believe to lead. */
  get leaders(): SimulatedInstance[] {
    return this.living.filter(({ engine }) => engine.role === 'leader');
  }

  /** The service's time is that of the database. */
  get clockMs(): number {
    return this.postgres.clockMs;
  }

  run(ms: number): Promise<void> {
    return this.world.runUntil(this.world.nowMs + ms);
  }

  /** Stops everybody, whatever happened. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    try {
      const stopping = Promise.all(this.living.map((instance) => this.stop(instance)));
      await this.world.runUntilDone(stopping, 60_000, 'stopping everybody');
      // A race that was won leaves its other timer running for a moment.
      await this.run(1000);
      for (const { name, timers } of this.#stopped) {
        if (timers > 0) this.complaints.push(`${name} left ${timers} timers behind`);
      }
    } catch (error) {
      this.complaints.push(String(error));
    } finally {
      for (const instance of this.living) instance.host.crash();
      this.#time.release();
      process.off('unhandledRejection', this.#complain);
    }
  }
}
