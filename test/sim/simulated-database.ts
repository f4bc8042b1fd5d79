import type { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type pg from 'pg';
import type { Clock } from '../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import type { Database, Ears, EarsEvents, Session } from '../../src/db/database.ts';
import { PostgresEars } from '../../src/db/postgres-ears.ts';
import { PostgresSession } from '../../src/db/postgres-session.ts';
import type { Host } from './host.ts';
import { PostgresClient } from './postgres-client.ts';
import { noPostgresFaults } from './postgres-faults.ts';
import type { PostgresServer } from './postgres-server.ts';
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
  readonly channel: string;
  readonly faults = noPostgresFaults();
  /** For the next command through this host. */
  nextCommand: CommandFault | null = null;
  /** Commands through this host that have committed. */
  commits = 0;
  readonly #world: World;
  readonly #host: Host;
  readonly #server: PostgresServer;
  readonly #clock: Clock;
  readonly #clients = new Set<PostgresClient>();

  constructor(world: World, host: Host, server: PostgresServer, clock: Clock) {
    this.#world = world;
    this.#host = host;
    this.#server = server;
    this.#clock = clock;
    this.channel = server.database.channel;
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
    const fault = this.nextCommand;
    this.nextCommand = null;
    const isAway = this.faults.isCut || !this.#server.isUp;
    const transactional = em.transactional.bind(em);
    const disturbed = async <T>(work: (em: SqlEntityManager) => Promise<T>): Promise<T> => {
      if (isAway) throw new DatabaseUnavailableError('connect ECONNREFUSED');
      const result = transactional(async (inside) => {
        const done = await work(inside as SqlEntityManager);
        if (fault === 'error-before' || fault === 'crash-before')
          throw new DatabaseUnavailableError('connection error');
        return done;
      });
      try {
        const done = await result;
        this.commits += 1;
        if (fault === null) return done;
      } finally {
        if (fault?.startsWith('crash')) this.#host.crash();
      }
      throw new DatabaseUnavailableError('connection error');
    };
    em.transactional = disturbed as typeof em.transactional;
    return em;
  }

  openSession(name: string, timeoutMs: number): Session {
    return new PostgresSession(
      () => this.#open(name, timeoutMs),
      () => true,
    );
  }

  openEars(events: EarsEvents): Ears {
    return new PostgresEars(() => this.#open('ears', 10_000), this.channel, events, this.#clock);
  }

  withMigrationLock<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async close(): Promise<void> {
    this.breakConnections('closed');
  }

  /** The server sees the end of each connection; the host is not there to. */
  vanish(): void {
    for (const client of this.#clients) client.forget();
  }

  /** All that are open now; new ones may be opened. */
  breakConnections(reason: string): void {
    for (const client of this.#clients) client.breakOff(reason);
  }

  /** Those that are open now carry nothing any more, and nobody is told. */
  halfOpen(which: 'ears' | 'all'): void {
    for (const client of this.#clients) if (which === 'all' || client.name === 'ears') client.isHalfOpen = true;
  }

  breakHalfOpen(): void {
    for (const client of this.#clients) if (client.isHalfOpen) client.breakOff('read ECONNRESET');
  }

  async #open(name: string, timeoutMs: number): Promise<pg.Client> {
    const client = new PostgresClient(this.#world, this.#host, this.#server, this.faults, name, timeoutMs);
    await client.connect();
    this.#clients.add(client);
    client.once('end', () => this.#clients.delete(client));
    return client as unknown as pg.Client;
  }
}
