import type { Trouble } from '../base/health.ts';

/**
 * Who **should** lead. Who **does** is the term in PostgreSQL (db/term.ts): an election is advice
 * that keeps candidates from taking the term from each other, and it may be wrong or away without
 * any harm but delay.
 *
 * Two implementations: redlock-election.ts (many instances) and solo-election.ts (no Redis).
 */
export type Verdict =
  /** You should lead. Take the term before `trustedUntilMs` (monotonic), or ask again. */
  | { kind: 'elected'; trustedUntilMs: number }
  /** Somebody else should; ask again in `retryInMs`. */
  | { kind: 'held'; retryInMs: number }
  /** The election cannot tell: only a term that is vacant or stale may be taken. */
  | { kind: 'undecided' };

export interface Election {
  /** What is out of order; null when the election works. */
  readonly trouble: Trouble | null;
  /** Called when `trouble` may have changed by itself. */
  onChange: () => void;
  campaign(): Promise<Verdict>;
  /** Asks whether the election works again, without standing for it. Never rejects. */
  look(): Promise<void>;
  /** As the leader, every `renewEveryMs`. 'held': somebody else was elected meanwhile. */
  renew(): Promise<Verdict>;
  /** Lets go, so that the next can be elected at once. Never rejects. */
  resign(): Promise<void>;
  close(): Promise<void>;
}

/** Three tries fit into a lease before it ends. */
export const renewEveryMs = (leaseMs: number): number => Math.floor(leaseMs / 3);
