import type { Fault } from './fault.ts';

/** How long after the last fault there may be none who leads, or what was missed may not be made up for. */
export const recoveryMs = (leaseMs: number): number => 4 * leaseMs + 4000;

/** PostgreSQL tells of the death of a leader: how late a bell may be then, and until when somebody leads. */
export const TOLD_MS = 300;

/** A connection that broke without a word is found out at the client's time-out: first one that rings, then one that plans. */
const SILENT_MS = 6000 + 6000;
const SILENT: readonly Fault['kind'][] = ['half-open', 'database-cut', 'database-errors'];

export const breaksSilently = (kind: Fault['kind']): boolean => SILENT.includes(kind);

/** How long after all is healed one leads. */
export const leaderWithinMs = (kinds: readonly Fault['kind'][], leaseMs: number): number =>
  leaseMs + 2000 + (kinds.some(breaksSilently) ? SILENT_MS : 0);

/** How late the net, which counts with each heartbeat what was due a second ago, lets a bell be. */
export const netMs = (leaseMs: number): number => leaseMs + 1000 + 100;

/** How often a leader that can hear nothing looks for edits (src/instance/health/full-queue.ts), and what that takes. */
const LOOK_MS = 250 + 50;
/** Nothing can be said: a heartbeat finds that out. */
const unsaidMs = (leaseMs: number): number => leaseMs + LOOK_MS;
/** Whoever waited too long for a lock tries again after a second at the latest. */
const UNLOCKED_MS = 1000 + 200;

/** How late each bell may be while a fault goes on that mends itself; null: it does not, and there is nothing to be expected. */
export function meanwhileMs(fault: Fault): number | null {
  if (fault.kind === 'queue-full') return LOOK_MS;
  // A bell may come behind a sweep, which walks.
  if (fault.kind === 'old-snapshot') return 2 * fault.walkMs + 100;
  return null;
}

/** For how long time runs on after the last fault, so that there is a calm to be judged. */
export const calmMs = (kinds: readonly Fault['kind'][], leaseMs: number): number =>
  Math.max(recoveryMs(leaseMs), ...kinds.map((kind) => boundMs(kind, leaseMs))) + 3 * leaseMs + 3000;

/** How long after the end of a fault bells may be late. */
export function boundMs(kind: Fault['kind'], leaseMs: number): number {
  // The leader kept its term.
  if (kind === 'table-locked') return UNLOCKED_MS;
  if (kind === 'queue-full') return unsaidMs(leaseMs);
  return recoveryMs(leaseMs) + (breaksSilently(kind) ? SILENT_MS : 0);
}
