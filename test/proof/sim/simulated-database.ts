import type { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type pg from 'pg';
import type { Clock } from '../../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../../src/base/errors.ts';
import type {
  Database,
  Ears,
  EarsEvents,
  LeaderLock,
  Session,
  SessionEvents,
  Statement,
} from '../../../src/db/database.ts';
import { EDIT_PATIENCE_MS } from '../../../src/db/edit-queue.ts';
import { ALIVE } from '../../../src/db/names.ts';
import { PostgresEars } from '../../../src/db/postgres/ears.ts';
import { PostgresLeaderLock } from '../../../src/db/postgres/leader-lock.ts';
import { PostgresSession, prepared } from '../../../src/db/postgres/session.ts';
import type { EndedSessions } from './fault.ts';
import type { Host } from './host.ts';
import { PostgresClient } from './postgres-client.ts';
import { noPostgresFaults } from './postgres-faults.ts';
import { atCommit, type SimulatedPostgres } from './simulated-postgres.ts';
import type { World } from './world.ts';

/** How a command is disturbed: at all, before its commit, after it. */
export type CommandFault = 'error-before' | 'error-after' | 'crash-before' | 'crash-after';

/**
 * The database port of one host: the real sessions and ears, on simulated connections. Commands are
 * transactions of several statements and happen in one moment, because PGlite is one connection.
 */
export class SimulatedDatabase implements Database {
  readonly kind = 'postgres';
  readonly canListen = true;
  readonly faults = noPostgresFaults();
  /** For the next command through this host. */
  nextCommand: CommandFault | null = null;
  /** Commands through this host that have committed. */
  commits = 0;
  readonly #world: World;
  readonly #host: Host;
  readonly #server: SimulatedPostgres;
  readonly #clock: Clock;
  readonly #clients = new Set<PostgresClient>();
  readonly #connecting = new Set<PostgresClient>();

  constructor(world: World, host: Host, server: SimulatedPostgres, clock: Clock) {
    this.#world = world;
    this.#host = host;
    this.#server = server;
    this.#clock = clock;
  }

  get orm(): MikroORM {
    return this.#server.database.orm;
  }

  async connect(): Promise<void> {
    const client = await this.#open('connect', 10_000);
    await client.end();
  }

  em(): SqlEntityManager {
    const em = this.#server.database.em();
    const transactional = em.transactional.bind(em);
    const disturbed = <T>(work: (em: SqlEntityManager) => Promise<T>): Promise<T> =>
      this.#disturb(async (failBefore) => {
        const done = await transactional(async (inside) => {
          const done = await work(inside as SqlEntityManager);
          failBefore();
          return done;
        });
        this.commits += 1;
        return done;
      });
    em.transactional = disturbed as typeof em.transactional;
    return em;
  }

  /** A command of one statement. */
  query<Row>({ text }: Statement, values: unknown[] = []): Promise<Row[]> {
    return this.#disturb(async (failBefore) => {
      failBefore();
      const rows = await this.#server.rows<Row>(text, values);
      if (rows.length > 0) this.commits += 1;
      return rows;
    });
  }

  /** @param command commits where `failBefore`, called before the commit, has not thrown */
  async #disturb<T>(command: (failBefore: () => void) => Promise<T>): Promise<T> {
    const fault = this.nextCommand;
    this.nextCommand = null;
    if (this.faults.isCut || !this.#server.isUp || this.#server.faults.isTableLocked)
      throw new DatabaseUnavailableError('connect ECONNREFUSED');
    const fail = (): never => {
      throw new DatabaseUnavailableError('connection error');
    };
    try {
      const done = await command(() => fault?.endsWith('before') && fail());
      return fault === null ? done : fail();
    } catch (error) {
      return atCommit(error);
    } finally {
      if (fault?.startsWith('crash')) this.#host.crash();
    }
  }

  openSession(name: string, timeoutMs: number, events?: SessionEvents): Session {
    return new PostgresSession(() => this.#open(name, timeoutMs), prepared, events);
  }

  edit<T>(_row: string | null, work: (lockMs: number) => Promise<T>): Promise<T> {
    return work(EDIT_PATIENCE_MS);
  }

  admitRequests(): void {}

  watchRequests(): void {}

  openEars(events: EarsEvents): Ears {
    return new PostgresEars(() => this.#open('ears', 10_000), events, this.#clock);
  }

  openLeaderLock(): LeaderLock {
    return new PostgresLeaderLock(() => this.#open(ALIVE, 0));
  }

  withMigrationLock<T>(work: (orm: MikroORM) => Promise<T>): Promise<T> {
    return work(this.orm);
  }

  async close(): Promise<void> {
    this.breakConnections('closed');
  }

  /** The server sees the end of each connection; the host is not there to. */
  vanish(): void {
    for (const client of [...this.#clients, ...this.#connecting]) client.forget();
  }

  /** All that are open now; new ones may be opened. */
  breakConnections(reason: string): void {
    for (const client of this.#clients) client.breakOff(reason);
  }

  /** Those that are open now carry nothing any more, and nobody is told. */
  halfOpen(which: 'ears' | 'alive' | 'all'): void {
    for (const client of this.#clients) if (which === 'all' || client.name === which) client.wire.isHalfOpen = true;
  }

  /** The server ends its sessions. */
  terminate(which: EndedSessions): void {
    const names = which.split('+');
    for (const client of [...this.#clients]) if (which === 'all' || names.includes(client.name)) client.terminate();
  }

  breakHalfOpen(): void {
    for (const client of this.#clients) if (client.wire.isHalfOpen) client.breakOff('read ECONNRESET');
  }

  async #open(name: string, timeoutMs: number): Promise<pg.Client> {
    const client = new PostgresClient(this.#world, this.#host, this.#server, this.faults, name, timeoutMs);
    this.#connecting.add(client);
    await client.connect().finally(() => this.#connecting.delete(client));
    this.#clients.add(client);
    client.once('end', () => this.#clients.delete(client));
    return client as unknown as pg.Client;
  }
}
