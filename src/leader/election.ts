import type { Trouble } from '../base/health.ts';

/**
 * Who **should** lead. Who **does** is the term in PostgreSQL (db/leading/term.ts): an election is advice
 * that keeps candidates from taking the term from each other. If it is wrong or away, the only harm is delay.
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

/** Whether anybody is elected at the moment; 'undecided' when the election cannot tell. */
export type Look = 'held' | 'free' | 'undecided';

export interface Election {
  /** False: each instance elects itself when it starts, whoever else leads. */
  readonly isShared: boolean;
  /** Why the election cannot decide; null when it can. */
  readonly trouble: Trouble | null;
  /** What is out of order although the election can decide. */
  readonly minorTrouble: Trouble | null;
  /** Called when the troubles may have changed by themselves. */
  onChange: () => void;
  campaign(): Promise<Verdict>;
  /** Asks whether the election works and whether anybody is elected, without standing for it. Never rejects. */
  look(): Promise<Look>;
  /** As the leader, every `renewEveryMs`. 'held': somebody else was elected meanwhile. */
  renew(): Promise<Verdict>;
  /** Whether this instance, which was elected, still is. Never rejects. */
  isStillElected(): Promise<boolean>;
  /** Lets go, so that the next can be elected at once. Never rejects. */
  resign(): Promise<void>;
  close(): Promise<void>;
}

/** Three tries fit into a lease before it ends. */
export const renewEveryMs = (leaseMs: number): number => Math.floor(leaseMs / 3);
