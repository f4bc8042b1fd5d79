import type { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';

/**
 * The port to the database, with two implementations: postgres.ts (real server) and pglite.ts (embedded). Everything
 * above this floor works on both; they differ only in what is named here.
 */

/** A named statement is prepared once per connection, if the implementation can. */
export interface Statement {
  name: string;
  text: string;
}

export interface Queryable {
  /**
   * Runs one statement in its own transaction and returns its rows as plain objects. Select instants and counts as
   * float8 or text: parsers differ between drivers.
   * @param onNotice gets notices while the statement still runs; only sessions of postgres.ts call it
   * @throws DatabaseUnavailableError when the connection failed, otherwise what the driver threw
   */
  query<Row>(statement: Statement, values?: unknown[], onNotice?: (text: string) => void): Promise<Row[]>;
}

/** A connection that is not shared, so that requests cannot queue in front of a bell. It reconnects by itself. */
export interface Session extends Queryable {
  /** Connects if it is not connected. @throws DatabaseUnavailableError */
  open(): Promise<void>;
  /** Drops the connection: a running statement fails at once, and may still have happened. The next one reconnects. */
  giveUp(): void;
  close(): Promise<void>;
}

export interface SessionEvents {
  /** An open connection was lost. */
  onLost(): void;
  /** A statement failed. */
  onError(error: unknown): void;
}

/** Events of the connections for requests. */
export interface RequestEvents {
  /** True: requests wait too long for a connection. False: no longer. */
  onExhausted(isExhausted: boolean): void;
  /** A statement failed. */
  onError(error: unknown): void;
}

export interface EarsEvents {
  /** A payload from the deployment's channel (CHANNEL in names.ts). */
  onMessage(payload: string): void;
  /** LISTEN is in force (again). Everything said before was missed, so read now. */
  onListening(): void;
  /** Not listening until the next onListening. */
  onDeaf(reason: string): void;
}

/** Hears what transactions NOTIFY. A notification is a hint about latency, never the only way to learn. */
export interface Ears {
  readonly isListening: boolean;
  /** Drops the connection and listens again: for ears that should have heard something but did not. */
  reconnect(reason: string): void;
  close(): Promise<void>;
}

export interface LeaderLockEvents {
  /** It has joined the queue for the lock. */
  onWaiting(): void;
  /** The connection ended while it held the lock, so the lock is gone too. */
  onLost(): void;
}

/**
 * A lock that the leader holds for as long as its process lives. As soon as the process is dead, PostgreSQL gives it to
 * an instance that waits. It holds back nothing else: it has no snapshot and no transaction id.
 */
export interface LeaderLock {
  /**
   * Waits for as long as it takes, on a connection of its own.
   * @throws DatabaseUnavailableError, also after `letGo`; otherwise what the server said
   */
  acquire(events: LeaderLockEvents): Promise<void>;
  /**
   * Checks whether the server still knows the connection, and ends it here if not. The server may have ended it without
   * our noticing, because nothing is ever said on it: a proxy may keep our side open.
   * @param db another connection
   */
  look(db: Queryable): Promise<void>;
  /** Releases the lock, or stops waiting for it. */
  letGo(): void;
}

/** `query` runs on any free connection for requests. */
export interface Database extends Queryable {
  readonly kind: 'postgres' | 'embedded';
  /**
   * False behind a transaction pooler, which accepts LISTEN but delivers nothing: news must then be read. Known once
   * `connect` has resolved.
   */
  readonly canListen: boolean;
  readonly orm: MikroORM;
  /** Opens the first connection. @param signal gives up, where that can take long @throws DatabaseUnavailableError */
  connect(signal?: AbortSignal): Promise<void>;
  /** A fresh unit of work for a command of several statements. */
  em(): SqlEntityManager;
  /**
   * Runs an edit in turn, so that reads always find a connection even while edits wait.
   * @param row the id of the row that it locks, if it is one
   * @param work gets the time that it may wait for locks, in milliseconds; the wait for its turn is deducted
   * @throws DatabaseBusyError; StagebellError disk_full when the disk of an embedded one is almost full
   */
  edit<T>(row: string | null, work: (lockMs: number) => Promise<T>): Promise<T>;
  /** @param timeoutMs after this a statement is given up, on the server and here */
  openSession(name: string, timeoutMs: number, events?: SessionEvents): Session;
  openEars(events: EarsEvents): Ears;
  /**
   * null if the instance cannot have a session of its own (a transaction pooler), or if there can be no other instance
   * (embedded).
   */
  openLeaderLock(): LeaderLock | null;
  /** Whether requests may open connections. They may not while the instance lacks one for its own work. */
  admitRequests(isOpen: boolean): void;
  watchRequests(events: RequestEvents): void;
  /**
   * Runs `work` while no other process migrates this database. The statements of its ORM have no time limit.
   * @param signal ends the wait for another migration, not the work
   * @throws DatabaseUnavailableError when `signal` aborted before it was our turn
   */
  withMigrationLock<T>(work: (orm: MikroORM) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Upkeep that an embedded database does not do by itself. @param quietMs how long nothing is due */
  maintain?(quietMs: number): Promise<void>;
  close(): Promise<void>;
}
