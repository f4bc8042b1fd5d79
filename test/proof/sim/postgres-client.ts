import { EventEmitter } from 'node:events';
import { DatabaseUnavailableError } from '../../../src/base/errors.ts';
import { parseMessage } from '../../../src/db/message.ts';
import type { Host } from './host.ts';
import { setTimer } from './host-clock.ts';
import { latencyMs, never } from './network.ts';
import type { PostgresFaults } from './postgres-faults.ts';
import { touchesStages, walksOverEverything } from './server-faults.ts';
import { answerAboutSessions, letIn, TERMINATED, timedOut } from './sessions.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';
import { Wire } from './wire.ts';
import type { World } from './world.ts';

const CONNECT_TIMEOUT_MS = 3000;
/** After which the server gives up on a peer that does not answer (VANISHED in src/db/postgres/pinned.ts). */
const VANISHED_MS = 10_000;

interface Asked {
  text: string;
  name?: string;
  values?: unknown[];
}

/**
 * One connection from a host to the server: what src/db/postgres/session.ts and postgres-ears.ts use of
 * pg's Client. What a host sends takes a moment to arrive and so does the answer; between the two
 * anything may happen to either of them, or to the way.
 */
export class PostgresClient extends EventEmitter {
  /** For `cut` in src/db/postgres/session.ts. */
  readonly connection = { stream: { destroy: () => this.#end() } };
  readonly name: string;
  readonly backend: number;
  readonly #world: World;
  readonly #host: Host;
  readonly #server: SimulatedPostgres;
  readonly #faults: PostgresFaults;
  readonly #timeoutMs: number;
  readonly wire: Wire;
  readonly #pending = new Set<(error: Error) => void>();

  constructor(
    world: World,
    host: Host,
    server: SimulatedPostgres,
    faults: PostgresFaults,
    name: string,
    timeoutMs: number,
  ) {
    super();
    this.#world = world;
    this.#host = host;
    this.#server = server;
    this.#faults = faults;
    this.name = name;
    this.#timeoutMs = timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs;
    this.wire = new Wire(world, host, faults, timeoutMs !== 0);
    this.backend = server.nextBackend();
  }

  async connect(): Promise<void> {
    if (this.#host.callsOut() === 'after') this.#host.crash();
    if (!this.#host.isAlive) return never();
    await new Promise<void>((resolve, reject) => {
      const giveUp = setTimer(this.#host, CONNECT_TIMEOUT_MS, () => {
        this.#leave();
        reject(new DatabaseUnavailableError('timeout expired'));
      });
      this.wire.travel(() => {
        const refusal = letIn(this.#server, this);
        this.wire.arrive(() => {
          giveUp.cancel();
          if (refusal === null) resolve();
          else reject(refusal);
        });
      });
    });
    this.#server.connections.add(this.breakOff);
  }

  async query(asked: Asked | string): Promise<{ rows: unknown[] }> {
    const { text, name = text, values = [] } = typeof asked === 'string' ? { text: asked } : asked;
    const crash = this.#host.callsOut();
    if (!this.#host.isAlive) return never();
    if (this.wire.isEnded) throw new Error('Client was closed and is not queryable');
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        giveUp.cancel();
        this.#pending.delete(fail);
        how();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      this.#pending.add(fail);
      const giveUp = Number.isFinite(this.#timeoutMs)
        ? setTimer(this.#host, this.#timeoutMs + 1000, () => fail(new Error('Query read timeout')))
        : NO_TIMER;
      const walkMs = walksOverEverything(name, values) ? this.#server.faults.walkMs : 0;
      const slowMs = this.#host.random.next() * this.#faults.slowMs + walkMs;
      this.wire.travel(() => {
        if (slowMs > this.#timeoutMs) {
          this.#world.after(this.#timeoutMs, () => this.wire.arrive(() => fail(timedOut())));
          return;
        }
        this.#world.after(slowMs, () =>
          this.#whenFree(name, fail, () =>
            this.#serve(name, text, values, crash === 'after', fail, (rows) =>
              settle(() => resolve({ rows: walkMs > 0 ? rows.map((row) => walked(row, walkMs)) : rows })),
            ),
          ),
        );
      });
    });
  }

  /** Waits for whoever holds the table, and no longer than a statement may take. */
  #whenFree(name: string, fail: (error: Error) => void, serve: () => void): void {
    if (!this.#server.faults.isTableLocked || !touchesStages(name)) {
      serve();
      return;
    }
    const giveUp = this.#server.whenFree(() => {
      if (!this.wire.isEnded) serve();
    });
    this.#world.after(this.#timeoutMs, () => {
      if (giveUp()) this.wire.arrive(() => fail(timedOut()));
    });
  }

  async end(): Promise<void> {
    this.#end();
  }

  /** Its host is no more. */
  forget(): void {
    this.#leave();
    this.#server.listeners.delete(this.#hear);
    this.#server.connections.delete(this.breakOff);
  }

  /** Notifications, in the order in which they were sent; on a connection that breaks none is left out before the break. */
  readonly #hear = (payload: string): void => {
    if (this.wire.isSilent) {
      // What TCP does not get through is not made up for once the connection is made anew.
      this.wire.isHalfOpen = true;
      return;
    }
    if (this.#host.random.chance(this.#faults.lostNotifications)) {
      this.#world.trace.add(this.#host.name, `does not hear: ${payload}`);
      const message = parseMessage(payload);
      if (message?.kind === 'edit') for (const atMs of message.instants ?? []) this.#server.unheard.add(atMs);
      return;
    }
    const lateMs = this.#host.random.next() * this.#faults.lateNotificationsMs;
    this.wire.arrive(() => this.emit('notification', { payload }), lateMs);
  };

  readonly breakOff = (reason: string): void => {
    if (this.wire.isEnded) return;
    this.#leave();
    this.#host.receive(() => {
      if (this.wire.isEnded) return;
      for (const fail of [...this.#pending]) fail(new Error(`Connection terminated unexpectedly: ${reason}`));
      if (this.listenerCount('error') > 0) this.emit('error', new Error(reason));
      this.#end();
    });
  };

  /** The server ends the session; where the way is cut the host does not hear of it. */
  terminate(): void {
    this.#server.sessions.delete(this);
    this.#server.leaderLock.end(this);
    if (this.#faults.isCut) this.wire.isHalfOpen = true;
    if (!this.wire.isHalfOpen) this.breakOff(TERMINATED);
  }

  async #serve(
    name: string,
    text: string,
    values: unknown[],
    crashAfter: boolean,
    fail: (error: Error) => void,
    succeed: (rows: unknown[]) => void,
  ): Promise<void> {
    const { random, name: host } = this.#host;
    const { errorBefore, errorAfter, lostAnswer } = this.#faults;
    const luck = random.next();
    if (!this.#server.isUp || luck < errorBefore) {
      this.#world.trace.add(host, `${this.name}: ${name} refused`);
      this.wire.arrive(() => fail(new DatabaseUnavailableError('connection error')));
      return;
    }
    if (text === 'LOCK TABLE leader_alive IN EXCLUSIVE MODE') {
      this.#world.trace.add(host, `${this.name}: waits for the lock of the leader`);
      this.#server.leaderLock.ask(this, () => {
        this.#world.trace.add(host, `${this.name}: is given the lock of the leader`);
        this.wire.arrive(() => succeed([]));
      });
      return;
    }
    if (name.startsWith('LISTEN')) this.#server.listeners.add(this.#hear);
    const known = answerAboutSessions(this.#server, name, values);
    let answer = (): void => succeed(known ?? []);
    if (known === null) {
      try {
        const said: string[] = [];
        const { rows } = await this.#server.execute(text, values, (notice) => said.push(notice), this.backend);
        // On their way before the answer is, though all of it took no time.
        for (const message of said) this.wire.arrive(() => this.emit('notice', { message }));
        answer = () => succeed(rows);
      } catch (error) {
        answer = () => fail(error as Error);
      }
    }
    const isLost = luck > 1 - lostAnswer;
    const isError = !isLost && luck > 1 - lostAnswer - errorAfter;
    const fate = crashAfter ? ', then crashes' : isLost ? ', answer lost' : isError ? ', then an error' : '';
    this.#world.trace.add(host, `${this.name}: ${name}${fate}`);
    if (crashAfter) this.#host.crash();
    else if (isError) this.wire.arrive(() => fail(new DatabaseUnavailableError('connection error')));
    else if (isLost) this.wire.fallSilent();
    else this.wire.arrive(answer);
  }

  /** The server learns that the session is over: of a peer that is cut off only when it has not answered for long. */
  #leave(): void {
    const isUnseen = this.wire.isSilent;
    const leave = (): void => {
      this.#server.sessions.delete(this);
      this.#server.leaderLock.end(this);
    };
    if (this.name !== 'alive' && this.name !== 'lead') this.#server.sessions.delete(this);
    else this.#world.after(isUnseen ? VANISHED_MS : latencyMs(this.#world.network), leave);
  }

  #end(): void {
    if (this.wire.isEnded) return;
    this.wire.isEnded = true;
    this.#leave();
    this.#server.listeners.delete(this.#hear);
    this.#server.connections.delete(this.breakOff);
    for (const fail of [...this.#pending]) fail(new Error('Connection terminated'));
    this.emit('end');
  }
}

const NO_TIMER = { cancel: () => {} };
const walked = (row: unknown, walkMs: number): unknown =>
  typeof row === 'object' && row !== null && 'took' in row ? { ...row, took: Number(row.took) + walkMs } : row;
