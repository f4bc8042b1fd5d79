import type { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';

/**
 * The port to the database, with two implementations: postgres.ts (real server) and pglite.ts
 * (embedded). Everything above this floor works on both; only what is named here differs.
 */

/** A statement with a name is prepared once per connection where the implementation can. */
export interface Statement {
  name: string;
  text: string;
}

export interface Queryable {
  /**
   * Runs one statement in its own transaction and returns its rows as plain objects.
   * Instants and counts are to be selected as float8 or text: parsers differ between drivers.
   * @param onNotice what the server says while it still works on it; heard by the sessions of postgres.ts alone
   * @throws DatabaseUnavailableError when the connection is the trouble, else what the driver threw
   */
  query<Row>(statement: Statement, values?: unknown[], onNotice?: (text: string) => void): Promise<Row[]>;
}

/** A connection of one's own, so that HTTP load cannot queue in front of a bell. Reconnects by itself. */
export interface Session extends Queryable {
  /** Connects where it is not connected. @throws DatabaseUnavailableError */
  open(): Promise<void>;
  /** What runs fails at once, and may have happened; the next statement connects anew. */
  giveUp(): void;
  close(): Promise<void>;
}

export interface SessionEvents {
  /** A connection that was open is no more. */
  onLost(): void;
  /** A statement failed. */
  onError(error: unknown): void;
}

/** How the connections for requests fare. */
export interface RequestEvents {
  /** Requests wait for a connection for longer than a moment; or do so no more. */
  onExhausted(isExhausted: boolean): void;
  /** A statement failed. */
  onError(error: unknown): void;
}

export interface EarsEvents {
  /** A payload from the deployment's channel (CHANNEL in names.ts). */
  onMessage(payload: string): void;
  /** LISTEN is in force (again): whatever was said before was missed, so read now. */
  onListening(): void;
  /** Not listening from here on, until onListening. */
  onDeaf(reason: string): void;
}

/** Hears what transactions NOTIFY. A notification is a hint about latency, never the only way to learn. */
export interface Ears {
  readonly isListening: boolean;
  /** Drops the connection and listens anew: for ears that should have heard something and did not. */
  reconnect(reason: string): void;
  close(): Promise<void>;
}

export interface LeaderLockEvents {
  /** It is in the queue for the lock. */
  onWaiting(): void;
  /** The connection has ended after the lock was given, and the lock with it. */
  onLost(): void;
}

/**
 * A lock that the leader holds for as long as its process lives: PostgreSQL gives it to whoever waits for it as soon
 * as the process is dead. It holds back nothing else, no snapshot and no transaction id.
 */
export interface LeaderLock {
  /**
   * Waits for as long as it takes, on a connection of its own.
   * @throws DatabaseUnavailableError, also when it was let go of meanwhile; else what the server said
   */
  acquire(events: LeaderLockEvents): Promise<void>;
  /**
   * Whether the server still knows the connection. It may have ended it unheard, as where a proxy keeps our side open:
   * nothing is ever said on it, so nobody would notice. Then it ends here as well.
   * @param db another connection
   */
  look(db: Queryable): Promise<void>;
  /** Lets go of it, or of waiting for it. */
  letGo(): void;
}

/** `query` runs on whichever connection for requests is free. */
export interface Database extends Queryable {
  readonly kind: 'postgres' | 'embedded';
  /**
   * False behind a transaction pooler, where LISTEN is accepted and never heard: then whoever needs
   * news has to read. Known once `connect` has resolved.
   */
  readonly canListen: boolean;
  readonly orm: MikroORM;
  /** Opens the first connection. @param signal gives it up, where that can take long @throws DatabaseUnavailableError */
  connect(signal?: AbortSignal): Promise<void>;
  /** A fresh unit of work for a command of several statements. */
  em(): SqlEntityManager;
  /**
   * Runs an edit when it is its turn: reads always find a connection, whatever edits wait for.
   * @param row the id of what it locks, where it is one
   * @param work told how long it may wait for locks, milliseconds: its own waiting counts
   * @throws DatabaseBusyError; StagebellError disk_full when the disk of an embedded one is almost full
   */
  edit<T>(row: string | null, work: (lockMs: number) => Promise<T>): Promise<T>;
  /** @param timeoutMs after which a statement is given up, on the server and here */
  openSession(name: string, timeoutMs: number, events?: SessionEvents): Session;
  openEars(events: EarsEvents): Ears;
  /** null where no session is the instance's own (a transaction pooler) or there can be no other instance (embedded). */
  openLeaderLock(): LeaderLock | null;
  /** Whether requests may open connections: not while one of the instance's own is missing. */
  admitRequests(isOpen: boolean): void;
  watchRequests(events: RequestEvents): void;
  /**
   * Runs `work` while no other process migrates this database, with an ORM whose statements may take as long as they need.
   * @param signal ends the waiting for another one, not the work
   * @throws DatabaseUnavailableError when `signal` aborted before it was our turn
   */
  withMigrationLock<T>(work: (orm: MikroORM) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What nobody else does for an embedded database. @param quietMs for how long nothing is due */
  maintain?(quietMs: number): Promise<void>;
  close(): Promise<void>;
}
