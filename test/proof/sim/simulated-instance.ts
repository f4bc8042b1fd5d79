import type { Clock } from '../../../src/base/clock.ts';
import { Health } from '../../../src/base/health.ts';
import type { Log } from '../../../src/base/log.ts';
import type { Engine } from '../../../src/instance/engine.ts';
import type { Election } from '../../../src/leader/election.ts';
import { SoloElection } from '../../../src/leader/solo-election.ts';
import { Host } from './host.ts';
import { clockOf } from './host-clock.ts';
import type { HostLibraries } from './host-libraries.ts';
import { modulesFor } from './host-modules.ts';
import { RedisClient } from './redis-client.ts';
import { SimulatedDatabase } from './simulated-database.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';
import type { SimulatedRedis } from './simulated-redis.ts';
import type { World } from './world.ts';

/** What all instances of a simulation share. */
export interface Surroundings {
  world: World;
  postgres: SimulatedPostgres;
  /** None: solo leadership. */
  redis: readonly SimulatedRedis[];
  leaseMs: number;
  /** Instants armed at most. */
  horizon: number;
  /** Boundaries per statement at most. */
  batch: number;
}

/** One instance of the service, all of it but HTTP, on a host of its own. */
export class SimulatedInstance {
  readonly name: string;
  readonly role: 'all' | 'web';
  readonly host: Host;
  readonly database: SimulatedDatabase;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly redis: RedisClient[] = [];
  readonly #libraries: HostLibraries;
  readonly #world: World;
  #stopping: Promise<void> | null = null;

  constructor({ world, postgres, redis, leaseMs, horizon, batch }: Surroundings, place: number, role: 'all' | 'web') {
    this.name = `i${place + 1}`;
    this.role = role;
    this.#world = world;
    this.host = new Host(world, this.name);
    this.clock = clockOf(this.host);
    this.database = new SimulatedDatabase(world, this.host, postgres, this.clock);
    const modules = modulesFor(this.host, place);
    this.#libraries = modules.libraries;
    this.host.onCrash = () => this.#vanish();
    const elect = (deployment: string): Election => {
      if (redis.length === 0) return new SoloElection();
      for (const server of redis) this.redis.push(new RedisClient(world, this.host, server, leaseMs));
      return new modules.RedlockElection(this.redis as never, deployment, leaseMs, this.clock);
    };
    const log = logInto(world, this.name);
    this.engine = new modules.Engine({
      instance: this.name,
      role,
      leaseMs,
      horizon,
      batch,
      database: this.database,
      createElection: elect,
      clock: this.clock,
      random: () => this.host.random.next(),
      log,
      health: new Health(this.clock, log),
      moved: { onMoved: () => {}, onFailed: () => {} },
    });
    world.trace.add(this.name, `starts as ${role}`);
    this.engine.start();
  }

  get isStopping(): boolean {
    return this.#stopping !== null;
  }

  /** Answers requests, as far as one can tell from outside. */
  get isServing(): boolean {
    return this.host.isRunning && !this.isStopping;
  }

  /** As at SIGTERM; resolves when all is closed, and never where it crashes meanwhile. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#world.trace.add(this.name, 'SIGTERM');
      await this.engine.handOver();
      await this.engine.close();
      await this.database.close();
      this.#world.trace.add(this.name, 'stopped');
    })();
    return this.#stopping;
  }

  /** Timers of our own that run; none after `stop`. */
  get timers(): number {
    return this.host.timers - this.#libraries.timersOn(this.host);
  }

  /** Jobs of node-schedule that are still there; none after `stop`. */
  get jobs(): number {
    return this.#libraries.jobs;
  }

  #vanish(): void {
    this.database.vanish();
    for (const client of this.redis) client.disconnect();
  }
}

/** The log's events, in the trace. */
function logInto(world: World, name: string): Log {
  const say = (fields: Record<string, unknown>): void => {
    const { event, ...rest } = fields;
    const details = Object.entries(rest).filter(([key]) => key !== 'took_ms' && key !== 'applied');
    world.trace.add(name, `log ${event} ${details.map(([key, value]) => `${key}=${value}`).join(' ')}`.trimEnd());
  };
  return { debug: say, info: say, warn: say, error: say, fatal: say } as unknown as Log;
}
