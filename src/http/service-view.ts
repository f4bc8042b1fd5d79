import type { KnownTrouble } from '../base/health.ts';
import type { StuckStage } from '../db/leading/stuck.ts';

/** What HTTP shows of the running parts. instance/engine.ts implements it, so that HTTP need not know them. */
export interface ServiceView {
  readonly role: 'leader' | 'follower' | 'none';
  /** The timers of this instance. Epoch milliseconds; null when none is armed. */
  readonly armed: { instants: number; nextMs: number | null; lastMs: number | null };
  /** The database's clock minus this host's. */
  readonly clockOffsetMs: number;
  /** How the leader's death would be noticed: told by PostgreSQL, or only after the lease, and then why. */
  readonly toldBy: { toldBy: 'postgres' | 'lease'; why: string | null };
  /** What is out of order here, with cause and cure. */
  readonly troubles: readonly KnownTrouble[];
  /** Stages that this instance, while it leads, cannot move. */
  readonly stuck: readonly (StuckStage & { sinceMs: number })[];
  /** True until the database and its tables have been checked for the first time. */
  readonly isStarting?: boolean;
  /** Why this instance should get no requests; empty when it is ready. */
  readonly notReady: string[];
}
