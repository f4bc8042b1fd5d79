import { durationMs, type Fault, type Target } from './fault.ts';
import { noPostgresFaults } from './postgres-faults.ts';
import { TERMINATED } from './sessions.ts';
import type { SimulatedInstance } from './simulated-instance.ts';
import type { SimulatedRedis } from './simulated-redis.ts';
import type { Simulation } from './simulation.ts';
import type { Trouble } from './trouble.ts';

const RESTART_MS = 1500;

/** Injects faults, and heals each when its time is over. */
export class FaultInjector {
  readonly troubles: Trouble[] = [];
  readonly #sim: Simulation;
  /** Undoes what is wrong, in the order in which it was done. */
  readonly #healing = new Set<() => void>();
  /** They have another Redis, and were asleep when they were to stop. */
  readonly #toStop = new Set<SimulatedInstance>();

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  strike(fault: Fault): void {
    const { world } = this.#sim;
    const target = 'target' in fault ? this.#target(fault.target) : null;
    if ('target' in fault && target === null) return;
    world.trace.add('nemesis', `${JSON.stringify(fault)}${target === null ? '' : ` on ${target.name}`}`);
    const trouble = { kind: fault.kind, fault, target: target?.name ?? 'all', fromMs: world.nowMs };
    const heal = this.#do(fault, target);
    this.#note(trouble, durationMs(fault), heal);
  }

  /** An instance has crashed in the middle of a command; it is started again after a while. */
  crashed(instance: SimulatedInstance): void {
    const trouble = { kind: 'crash', fault: null, target: instance.name, fromMs: this.#sim.world.nowMs } as const;
    this.#note(trouble, RESTART_MS, () => this.#restart(instance));
  }

  #note(begun: Omit<Trouble, 'toMs' | 'successors'>, forMs: number, heal: () => void): void {
    const trouble = { ...begun, toMs: this.#sim.world.nowMs, successors: this.#successorsOf(begun.target) };
    this.troubles.push(trouble);
    const healOnce = (): void => {
      if (!this.#healing.delete(healOnce)) return;
      trouble.toMs = this.#sim.world.nowMs;
      heal();
    };
    this.#healing.add(healOnce);
    this.#sim.world.after(forMs, healOnce);
  }

  /** Everything is well from here on; who is gone comes back. */
  healAll(): void {
    const { world, postgres, redis } = this.#sim;
    world.trace.add('nemesis', `heals everything (${this.troubles.length} faults)`);
    for (const heal of [...this.#healing]) heal();
    if (!postgres.isUp) postgres.start();
    for (const server of redis) {
      if (!server.isUp) server.start();
      server.refuses = 'nothing';
    }
    for (const { host, database, redis: clients } of this.#sim.living) {
      host.release();
      host.willNotCrash();
      database.nextCommand = null;
      // Where the way is open again, what is sent on a dead connection is answered by a reset.
      database.breakHalfOpen();
      Object.assign(database.faults, noPostgresFaults());
      for (const client of clients) Object.assign(client, { isCut: false, errorShare: 0 });
    }
    for (const other of this.#toStop) if (other.isServing) void this.#sim.stop(other);
    if (!this.#sim.serving.some(({ engine }) => engine.role !== 'none')) this.#startSomewhere();
  }

  /** @returns what ends it */
  #do(fault: Fault, target: SimulatedInstance | null): () => void {
    const { postgres } = this.#sim;
    switch (fault.kind) {
      case 'step-database':
        postgres.stepClock(fault.byMs);
        return nothing;
      case 'database-down':
        postgres.stop();
        return () => postgres.start();
      case 'queue-full':
        postgres.setQueue(fault.how);
        return () => postgres.setQueue('free');
      case 'few-connections':
        postgres.faults.room = fault.room;
        for (const { database } of this.#sim.living) database.breakConnections(TERMINATED);
        return () => Object.assign(postgres.faults, { room: Number.POSITIVE_INFINITY });
      case 'table-locked':
        postgres.lockTable();
        return () => postgres.unlockTable();
      case 'old-snapshot':
        postgres.faults.walkMs = fault.walkMs;
        return () => Object.assign(postgres.faults, { walkMs: 0 });
      case 'redis-down':
        return this.#onRedis(
          fault.server,
          (server) => server.stop(),
          (server) => server.start(),
        );
      case 'redis-pause':
        return this.#onRedis(
          fault.server,
          (server) => server.pause(),
          (server) => server.resume(),
        );
      case 'redis-refuses':
        return this.#onRedis(
          fault.server,
          (server) => {
            server.refuses = fault.what;
          },
          (server) => {
            server.refuses = 'nothing';
          },
        );
      case 'redis-flush':
        return this.#onRedis(fault.server, (server) => server.flush(), nothing);
      case 'redis-script-flush':
        return this.#onRedis(fault.server, (server) => server.flushScripts(), nothing);
      case 'join':
        this.#startSomewhere();
        return nothing;
      default:
        return target === null ? nothing : this.#doTo(target, fault);
    }
  }

  #doTo(target: SimulatedInstance, fault: Extract<Fault, { target: Target }>): () => void {
    const { host, database, redis } = target;
    const { faults } = database;
    switch (fault.kind) {
      case 'crash':
        host.crash();
        return () => this.#restart(target);
      case 'crash-at-call':
        host.crashAtCall(fault.calls, fault.when);
        return () => {
          host.willNotCrash();
          this.#restart(target);
        };
      case 'pause':
        host.hold();
        return () => host.release();
      case 'suspend':
        host.suspend();
        return () => host.release();
      case 'step-both':
        this.#sim.postgres.stepClock(fault.byMs);
        host.stepWall(fault.byMs);
        return nothing;
      case 'step-wall':
        host.stepWall(fault.byMs);
        return nothing;
      case 'database-errors': {
        const what = { before: 'errorBefore', after: 'errorAfter', lost: 'lostAnswer' } as const;
        faults[what[fault.when]] = fault.share;
        return () => Object.assign(faults, { [what[fault.when]]: 0 });
      }
      case 'database-slow':
        faults.slowMs = fault.upToMs;
        return () => Object.assign(faults, { slowMs: 0 });
      case 'database-cut':
        faults.isCut = true;
        return () => Object.assign(faults, { isCut: false });
      case 'database-broken':
        database.breakConnections(TERMINATED);
        return nothing;
      case 'session-ended':
        database.terminate(fault.which);
        return nothing;
      case 'half-open':
        database.halfOpen(fault.which);
        return nothing;
      case 'notifications-lost':
        faults.lostNotifications = fault.share;
        return () => Object.assign(faults, { lostNotifications: 0 });
      case 'notifications-late':
        faults.lateNotificationsMs = fault.upToMs;
        return () => Object.assign(faults, { lateNotificationsMs: 0 });
      case 'redis-cut': {
        const cut = redis.filter((_, i) => fault.server === 'all' || i === fault.server % redis.length);
        for (const client of cut) client.isCut = true;
        return () => {
          for (const client of cut) client.isCut = false;
        };
      }
      case 'redis-errors':
        for (const client of redis) client.errorShare = fault.share;
        return () => {
          for (const client of redis) client.errorShare = 0;
        };
      case 'redis-other': {
        const { otherRedis } = this.#sim;
        const other = this.#startSomewhere(otherRedis);
        void this.#sim.stop(target);
        return () => {
          this.#startSomewhere();
          if (other?.isServing) void this.#sim.stop(other);
          else if (other !== null) this.#toStop.add(other);
        };
      }
      case 'hand-over':
        if (fault.isSuccessorFirst) this.#startSomewhere();
        void this.#sim.stop(target);
        return () => {
          if (!fault.isSuccessorFirst) this.#startSomewhere();
        };
    }
  }

  #onRedis(
    which: number | 'all',
    strike: (server: SimulatedRedis) => void,
    heal: (server: SimulatedRedis) => void,
  ): () => void {
    const { redis } = this.#sim;
    const servers = redis.filter((_, i) => which === 'all' || i === which % redis.length);
    servers.forEach(strike);
    return () => servers.forEach(heal);
  }

  #target(target: Target): SimulatedInstance | null {
    const running = this.#sim.living.filter(({ host }) => host.isRunning);
    if (target === 'leader') return running.find(({ engine }) => engine.role === 'leader') ?? null;
    return running[target % Math.max(1, running.length)] ?? null;
  }

  #successorsOf(name: string): number {
    const others = this.#sim.serving.filter((instance) => instance.name !== name);
    return others.filter(({ engine }) => engine.role !== 'none' && !engine.isStarting).length;
  }

  #restart(gone: SimulatedInstance): void {
    if (gone.host.isAlive) return;
    const place = this.#sim.places.indexOf(gone);
    if (place >= 0) this.#sim.start(place, gone.role);
  }

  #startSomewhere(redis = this.#sim.redis): SimulatedInstance | null {
    const place = this.#sim.places.findIndex((instance) => instance === null || !instance.host.isAlive);
    return place < 0 ? null : this.#sim.start(place, 'all', redis);
  }
}

const nothing = (): void => {};
