/**
 * How late a bell may be by the promise (README, docs/architecture.md), with what a busy machine adds:
 * three Node processes, four servers and this harness share a few cores.
 */
const SLACK_MS = 1500;

/** A transaction of a client that went silent holds its rows until PostgreSQL ends it. */
const ABANDONED_MS = 3000;
/** Loops that lost a server look for it again at least this often. */
const BACKOFF_MS = 1000;

/** Nothing needs to be taken over or found again. */
export const AT_ONCE_MS = SLACK_MS;

/** PostgreSQL tells of the death of the leader: when the others are well, who wait to be told. Without slack. */
export const TOLD_MS = 300;

/** The leader is gone and nobody is told of it: its lock ends within the lease. */
export const takeOverMs = (leaseMs: number): number => leaseMs + SLACK_MS;

/** The leader is gone and Redis is away: its heartbeat must be three leases old. */
export const withoutRedisMs = (leaseMs: number): number => 3.5 * leaseMs + SLACK_MS;

/** As a take-over, and the rows that the silent one was editing are locked for a while. */
export const silentMs = (leaseMs: number, forMs: number): number =>
  Math.max(leaseMs, Math.min(forMs, ABANDONED_MS)) + SLACK_MS;

/** The leader is cut off from PostgreSQL: a beat is missed, it times out, and then the lock ends. */
export const cutOffMs = (leaseMs: number): number => 2.5 * leaseMs + BACKOFF_MS + SLACK_MS;

/** PostgreSQL is there again: whoever lost it looks, leads or takes the lock that somebody left behind. */
export const databaseBackMs = (leaseMs: number): number => leaseMs + BACKOFF_MS + SLACK_MS;

/** The leader cannot open all its connections again: it stands aside after a lease, and its lock ends within another. */
export const shortMs = cutOffMs;

/** A table was locked: whoever waited for it too long tries again. */
export const UNLOCKED_MS = BACKOFF_MS + SLACK_MS;

/** A leader that can hear nothing looks for edits four times a second (src/instance/health/full-queue.ts). */
export const LOOK_MS = 250 + SLACK_MS;

/** Nothing can be said: it is found out by a heartbeat. */
export const unsaidMs = (leaseMs: number): number => leaseMs + LOOK_MS;

/** An edit was not heard: the next heartbeat is not either, and the one after it proves that. */
export const deafMs = (leaseMs: number): number => 2 * leaseMs + SLACK_MS;

/** The wall clock is looked at once a second. */
export const CLOCK_STEP_MS = 1000 + SLACK_MS;
