import type { Clock } from '../base/clock.ts';
import type { Health } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import type { ClockSample } from '../base/remote-clock.ts';
import type { Database, Queryable } from '../db/database.ts';
import type { DealtWith } from '../db/leading/heartbeat.ts';
import type { Term } from '../db/leading/term.ts';
import type { Election } from './election.ts';

/**
 * The protocol, in prose.
 *
 * Every instance that may lead runs this loop: **follow** until it has a term, **lead** until it
 * loses it, and again.
 *
 *                  told that the leader is dead,
 *           or elected and no heartbeat was seen for a lease,
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
 * Following (follower.ts). While the leader's pulses are heard, the lock is looked at every 120 leases
 * and nobody campaigns. When a pulse is missing, campaign: if the lock is held, again when it would end;
 * if it is free, take it and then the term. A leader that lets go says `vacant`, and everybody tries
 * at once. (`The lock` is the one in Redis, except in the next part.)
 *
 * Told of a death (succession.ts). PostgreSQL ends the sessions of a dead process within milliseconds. So the leader
 * holds a lock for as long as it leads, on a session of its own, `alive`. Once it has the lock it says so in its row
 * (`alive_epoch`), and each pulse repeats it. A follower that hears this waits for the same lock, on an `alive` of
 * its own. The one that is given the lock asks PostgreSQL for the term under one more condition, `if-dead`: the leader
 * had said that it holds the lock, and the session that writes its heartbeats is gone too. That session holds a second
 * lock, an advisory one named after the term (db/leading/term.ts), which must be free. The sessions of a process end one
 * after the other, so it asks again for 100 ms. Then:
 *  - Dead: the term and the lock are ours. No election is asked, so it needs no Redis, and the lock of the dead
 *    leader in Redis does not outvote us: we lead, and campaign for that lock every half a lease until it has ended.
 *  - Alive, and only its session `alive` was lost: the follower says `unlocked` and lets go of the lock, and the
 *    leader takes it again. If it has not noticed the loss, that message makes it check whether PostgreSQL still knows
 *    the session.
 * After a restart of PostgreSQL a leader that lives has lost both sessions. It writes a heartbeat as soon as its
 * connections are back. If a follower is given the lock before that, the term changes, once.
 * Two still never act, because this only decides who asks for the term, and when. The term changes hands in PostgreSQL as
 * always. Where a living leader is taken for dead, its next advance finds no term, and it follows.
 * Where nobody is told (a leader paused or cut off, a transaction pooler, a leader of an older release, a lock that
 * somebody else holds) the lease counts, as if there were no such lock. A paused leader still holds the lock: the one
 * elected in its place ends that session after a lease, and takes the lock.
 *
 * The lock is EXCLUSIVE on the view `leader_alive`. EXCLUSIVE hinders no reader, takes no transaction id and is not
 * logged for standbys, unlike ACCESS EXCLUSIVE. A view, because nothing else has a reason to lock one: VACUUM and
 * ANALYZE would wait for a table, and one that is never vacuumed ages until the server stops. It is asked for in two
 * messages, so that waiting keeps no snapshot (db/postgres/leader-lock.ts).
 *
 * Leading. Two independent rhythms: the lock is renewed three times a lease, the heartbeat in
 * PostgreSQL is written once a lease.
 *  - The heartbeat says that the term is not ours: step down. Hearing of a later term, or seeing another
 *    hold the lock, only makes the next heartbeat come at once.
 *  - PostgreSQL unreachable for a lease: let go of the lock, so that an instance that can reach it leads.
 *  - Somebody has locked the table of stages: no leader could move any, so keep the term by heartbeats that count nothing.
 *  - Redis does not answer, or answers and gives no locks (a replica, out of memory, no rights): go on,
 *    degraded. If the leader dies now and nobody is told, a follower takes the term when the heartbeat is three
 *    leases old.
 *
 * Advice that is wrong (rivalry.ts).
 *  - Elected while the leader writes heartbeats: its lock was lost, or it was elected by another Redis. Let go of the
 *    lock and follow. If the lock is still free half a lease later, two are elected: say so, and
 *    take nothing but a vacant or stale term until the lock and the term are in the same hands.
 *  - Deposed while holding the lock: the same, unless it was by somebody who was told that we are dead.
 *  - The lock is held and nobody leads for three leases: a copy of this database uses the same Redis, or the
 *    key is not ours. Say so, and take a vacant or stale term.
 *
 * Stopping. Timers first (`onLost`), then the lock in Redis, then the term, which says `vacant`, then the lock in
 * PostgreSQL: only after that does HTTP drain, so the successor does not wait for it.
 */
export interface LeadershipEvents {
  /**
   * A term began. Must return at once: the lock and the heartbeat cannot wait for a long sweep.
   * @param stepDown to be called when an advance finds that the term is no longer current
   */
  onGained(term: Term, stepDown: () => void): void;
  /** The term is over, whoever ended it: stop acting; resolves when nothing is in flight. Must not reject. */
  onLost(reason: LossReason): Promise<void>;
  /** A heartbeat was written. @param missed null: it could not be counted */
  onHeartbeat(sample: ClockSample, missed: number | null): void;
  /** The database was lost while we led, and is back. */
  onBack?(): void;
  /** How full the server's notification queue is, 0 to 1. */
  onQueue?(usage: number): void;
  /** What was said at `saidMs` (monotonic) was not heard, so the ears cannot be trusted. */
  onSilence(reason: string, saidMs: number): void;
}

export interface LeadershipOptions {
  database: Pick<Database, 'kind' | 'openLeaderLock'>;
  /** Used for nothing else, so that a heartbeat never queues. */
  db: Queryable;
  election: Election;
  instance: string;
  /** Names the lock in Redis. */
  deployment?: string;
  leaseMs: number;
  /** One of so many heartbeats is written. If nobody else could take the term, nobody needs to read them all. */
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
