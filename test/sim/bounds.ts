import type { Fault } from './fault.ts';

/** How long after the last fault there may be none who leads, or what was missed may not be made up for. */
export const recoveryMs = (leaseMs: number): number => 4 * leaseMs + 4000;

/** A connection that broke without a word is found out at the client's time-out: first one that rings, then one that plans. */
const SILENT_MS = 6000 + 6000;
const SILENT: readonly Fault['kind'][] = ['half-open', 'database-cut', 'database-errors'];

const breaksSilently = (kind: Fault['kind']): boolean => SILENT.includes(kind);

/** How long after all is healed one leads. */
export const leaderWithinMs = (kinds: readonly Fault['kind'][], leaseMs: number): number =>
  leaseMs + 2000 + (kinds.some(breaksSilently) ? SILENT_MS : 0);

/** How late the net, which counts with each heartbeat what was due a second ago, lets a bell be. */
export const netMs = (leaseMs: number): number => leaseMs + 1000 + 100;

/** For how long time runs on after the last fault, so that there is a calm to be judged. */
export const calmMs = (kinds: readonly Fault['kind'][], leaseMs: number): number =>
  Math.max(recoveryMs(leaseMs), ...kinds.map((kind) => boundMs(kind, leaseMs))) + 3 * leaseMs + 3000;

/** How long after the end of a fault bells may be late. */
export const boundMs = (kind: Fault['kind'], leaseMs: number): number =>
  recoveryMs(leaseMs) + (breaksSilently(kind) ? SILENT_MS : 0);
