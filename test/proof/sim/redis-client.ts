import { EventEmitter } from 'node:events';
import type { Timer } from '../../../src/base/clock.ts';
import type { Host } from './host.ts';
import { setTimer } from './host-clock.ts';
import { latencyMs, never } from './network.ts';
import type { SimulatedRedis } from './simulated-redis.ts';
import type { World } from './world.ts';

const CONNECT_TIMEOUT_MS = 2000;
const SOCKET_TIMEOUT_MS = 2500;

type Callback = (error: Error | null, result?: unknown) => void;

/**
 * What redlock and src/leader/redlock-election.ts use of an ioredis client with the options of
 * src/redis/connect.ts: nothing is queued while offline, a command is answered soon or it failed, a
 * silent connection is given up, a lost one is made anew with back-off.
 */
export class RedisClient extends EventEmitter {
  status: 'connecting' | 'ready' | 'reconnecting' | 'end' = 'connecting';
  /** Nothing gets through between this host and this server. */
  isCut = false;
  /** Of commands that are answered by an error, half of them after they had their effect. */
  errorShare = 0;
  readonly server: SimulatedRedis;
  readonly #world: World;
  readonly #host: Host;
  readonly #commandTimeoutMs: number;
  /** For the connection: to be given up, or to be made again. */
  #timer: Timer | null = null;
  #attempt = 0;
  #generation = 0;
  #oldestPendingMs: number | null = null;
  readonly #watch = (): void => {
    if (!this.server.isUp) this.#lose();
  };

  constructor(world: World, host: Host, server: SimulatedRedis, leaseMs: number) {
    super();
    this.#world = world;
    this.#host = host;
    this.server = server;
    this.#commandTimeoutMs = Math.min(800, leaseMs / 4);
    server.watchers.add(this.#watch);
    this.#connect();
  }

  evalsha(hash: string, parameters: (string | number)[], callback: Callback): void {
    tell(
      callback,
      this.#command(this.server.nameOf(hash), () => this.server.evalsha(hash, parameters)),
    );
  }

  eval([script, ...parameters]: [string, ...(string | number)[]], callback: Callback): void {
    tell(
      callback,
      this.#command('eval', () => this.server.eval(script, parameters)),
    );
  }

  get(key: string): Promise<string | null> {
    return this.#command('get', () => this.server.get(key));
  }

  pttl(key: string): Promise<number> {
    return this.#command('pttl', () => this.server.pttl(key));
  }

  disconnect(): void {
    if (this.status === 'end') return;
    this.server.watchers.delete(this.#watch);
    this.status = 'end';
    this.#generation += 1;
    this.#timer?.cancel();
    if (this.#host.isAlive) this.emit('close');
  }

  async #command<T>(name: string, effect: () => T): Promise<T> {
    const crash = this.#host.callsOut();
    if (!this.#host.isAlive) return never();
    if (this.status !== 'ready') throw new Error("Stream isn't writeable and enableOfflineQueue options is false");
    const { random } = this.#host;
    const error = random.chance(this.errorShare) ? (random.chance(0.5) ? 'before' : 'after') : null;
    const generation = this.#generation;
    this.#oldestPendingMs ??= this.#host.monoMs();
    return new Promise<T>((resolve, reject) => {
      const giveUp = setTimer(this.#host, this.#commandTimeoutMs, () => {
        reject(new Error('Command timed out'));
        this.#looksDead();
      });
      const answer = (how: () => void): void => {
        if (this.isCut) return;
        this.#world.after(latencyMs(this.#world.network), () =>
          this.#host.receive(() => {
            if (this.isCut || generation !== this.#generation) return;
            giveUp.cancel();
            this.#oldestPendingMs = null;
            how();
          }),
        );
      };
      this.#travel(() => {
        if (error === 'before')
          return answer(() => reject(new Error('LOADING Redis is loading the dataset in memory')));
        try {
          const result = effect();
          this.#world.trace.add(
            this.#host.name,
            `${this.server.name}: ${name} -> ${typeof result === 'string' ? 'a value' : result}`,
          );
          if (crash === 'after') this.#host.crash();
          else answer(() => (error === 'after' ? reject(new Error('READONLY')) : resolve(result)));
        } catch (thrown) {
          answer(() => reject(thrown));
        }
      });
    });
  }

  #travel(run: () => void): void {
    if (this.isCut) return;
    this.#world.after(latencyMs(this.#world.network), () => {
      if (this.server.isUp && !this.isCut) this.server.receive(run);
    });
  }

  #looksDead(): void {
    const sinceMs = this.#oldestPendingMs;
    if (sinceMs !== null && this.#host.monoMs() - sinceMs >= SOCKET_TIMEOUT_MS) this.#lose();
  }

  /** The connection is gone: say so, and try again. */
  #lose(): void {
    if (this.status !== 'ready') return;
    this.status = 'reconnecting';
    this.#generation += 1;
    this.#oldestPendingMs = null;
    this.#host.receive(() => {
      this.emit('close');
      this.#retry();
    });
  }

  #retry(): void {
    const ms = Math.min(50 * 2 ** Math.min(this.#attempt++, 6), 1000);
    this.#timer = setTimer(this.#host, ms, () => this.#connect());
  }

  #connect(): void {
    if (this.status === 'end') return;
    this.status = 'connecting';
    const failed = (): void => {
      this.#timer?.cancel();
      if (this.status !== 'connecting') return;
      this.status = 'reconnecting';
      this.emit('close');
      this.#retry();
    };
    this.#timer = setTimer(this.#host, CONNECT_TIMEOUT_MS, failed);
    if (this.isCut) return;
    this.#world.after(2 * latencyMs(this.#world.network), () =>
      this.#host.receive(() => {
        if (this.isCut || this.server.isPaused || this.status !== 'connecting') return;
        if (!this.server.isUp) return failed();
        this.#timer?.cancel();
        this.status = 'ready';
        this.#attempt = 0;
        this.emit('ready');
      }),
    );
  }
}

/** redlock answers its callers with promises that are nobody's here: nothing is to wait for them. */
function tell(callback: Callback, work: Promise<unknown>): void {
  work.then(
    (result) => {
      callback(null, result);
    },
    (error) => {
      callback(error);
    },
  );
}
