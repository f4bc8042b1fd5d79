import { boundMs, breaksSilently, TOLD_MS } from './bounds.ts';
import type { Fault } from './fault.ts';

/** A fault while it lasted, in true time. */
export interface Trouble {
  kind: Fault['kind'];
  /** null: of a request's. */
  fault: Fault | null;
  target: string;
  fromMs: number;
  toMs: number;
  /** How many others may lead, and were there when it began. */
  successors: number;
}

/** They touch neither the database nor what the instances hear of it. */
const OF_REDIS: readonly Fault['kind'][] = [
  'redis-down',
  'redis-pause',
  'redis-flush',
  'redis-script-flush',
  'redis-cut',
  'redis-errors',
  'redis-refuses',
];

/** Whether nothing else touches what PostgreSQL knows of the leader, nor did so a while ago. */
export function isUndisturbed(trouble: Trouble, troubles: readonly Trouble[], leaseMs: number): boolean {
  return troubles.every((other) => {
    if (other === trouble || OF_REDIS.includes(other.kind) || other.fromMs > trouble.fromMs + TOLD_MS) return true;
    // What is broken in silence stays so until everything is healed.
    return !breaksSilently(other.kind) && other.toMs + boundMs(other.kind, leaseMs) < trouble.fromMs;
  });
}

const ENDING: readonly Fault['kind'][] = [
  'session-ended',
  'half-open',
  'database-broken',
  'database-cut',
  'database-errors',
  'database-down',
  'few-connections',
];

/** Whether the leader may lose the session that holds its lock, and live. */
export const endsSessions = ({ kind }: Trouble): boolean => ENDING.includes(kind);
