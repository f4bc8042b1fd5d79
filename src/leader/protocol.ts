import type { Clock } from '../base/clock.ts';
import type { Health } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import type { ClockSample } from '../base/remote-clock.ts';
import type { Database, Queryable } from '../db/database.ts';
import type { DealtWith, Term } from '../db/term.ts';
import type { Election } from './election.ts';

/**
 * The protocol, in prose.
 *
 * Every instance that may lead runs this loop: **follow** until it has a term, **lead** until it
 * loses it, and again.
 *
 *                  elected and no heartbeat was seen for a lease,
 *           or undecided and the term is vacant or stale (three leases)
 *        ┌────────┐ ───────────── takes the next term ──────────────▶ ┌──────┐
 *        │ follow │                                                   │ lead │
 *        └────────┘ ◀────── deposed · no database · stopping ──────── └──────┘
 *
 * Authority. Redlock (the election) advises who should lead next; the one row in `leadership` says who
 * does. Taking a term writes epoch + 1 and a new nonce there. Every advance names its term and locks that
 * row in the same statement, so from the take-over's commit on the previous leader can move nothing,
 * paused, partitioned or merely slow.
 *
 * Following (candidate.ts). While the leader's pulses are heard, the lock is looked at every 120 leases
 * and nobody campaigns. When a pulse is missing, campaign: if the lock is held, again when it would end;
 * if it is free, take it and then the term. A leader that lets go says `vacant`, and everybody tries
 * at once.
 *
 * Leading. Two independent rhythms: the lock is renewed three times a lease, the heartbeat in
 * PostgreSQL is written once a lease.
 *  - The heartbeat says that the term is not ours: step down. Hearing of a later term, or seeing another
 *    hold the lock, only makes the next heartbeat come at once.
 *  - PostgreSQL unreachable for a lease: let go of the lock, so that an instance that can reach it leads.
 *  - Somebody holds the table of stages: nobody could move any, so the term is kept, by heartbeats that count nothing.
 *  - Redis does not answer, or answers and gives no locks (a replica, out of memory, no rights): go on,
 *    degraded. If the leader dies now, a follower takes the term when it is vacant, or when the
 *    heartbeat is three leases old.
 *
 * Advice that is wrong (rivalry.ts).
 *  - Elected while the leader beats: its lock was lost, or it was elected by another Redis. Let go of the
 *    lock and follow. If the lock is still free half a lease later, two are elected: say so, and
 *    take nothing but a vacant or stale term until the lock and the term are in the same hands.
 *  - Deposed while holding the lock: the same.
 *  - The lock is held and nobody leads for three leases: a copy of this database uses the same Redis, or the
 *    key is not ours. Say so, and take a vacant or stale term.
 *
 * Stopping. Timers first (`onLost`), then the lock, then the term, which says `vacant`: only after
 * that does HTTP drain, so the successor does not wait for it.
 */
export interface LeadershipEvents {
  /** A term began. Returns at once: the lock and the heartbeat cannot wait for a long sweep. */
  onGained(term: Term): void;
  /** The term is over, whoever ended it: stop acting; resolves when nothing is in flight. Must not reject. */
  onLost(reason: LossReason): Promise<void>;
  /** A heartbeat was written. */
  onBeat(sample: ClockSample, missed: number): void;
  /** This instance may have to lead at any moment. */
  onStandingBy?(): void;
  /** The database had been lost while we lead, and is back. */
  onBack?(): void;
  /** How full the server's notification queue is, 0 to 1. */
  onQueue?(usage: number): void;
  /** Nothing was heard of what was said at `saidMs` (monotonic): the ears are not to be trusted. */
  onSilence(reason: string, saidMs: number): void;
}

export interface LeadershipOptions {
  database: Database;
  /** Used for nothing else, so that a heartbeat never queues. */
  db: Queryable;
  election: Election;
  instance: string;
  /** Names the lock in Redis. */
  deployment?: string;
  leaseMs: number;
  /** Of so many heartbeats one is written: where nobody else could take the term, nobody needs to read them. */
  writeEvery?: number;
  clock: Clock;
  /** Uniform in [0, 1): keeps two candidates from colliding for ever. */
  random: () => number;
  log: Log;
  health: Health;
  /** What the heartbeat need not count as missed. */
  dealtWith?: () => DealtWith;
  events: LeadershipEvents;
}

/** Why a term ended, as seen by its leader. */
export type LossReason = 'deposed' | 'database' | 'stopping';

export const LOSSES: Record<LossReason, string> = {
  deposed: 'another instance has taken the term: following it',
  database: 'no heartbeat could be written for a lease: letting go',
  stopping: 'handing over',
};
