import type { Clock } from '../base/clock.ts';
import type { Health } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../db/database.ts';
import type { Advanced } from '../db/leading/advance.ts';
import type { Term } from '../db/leading/term.ts';
import type { Election } from '../leader/election.ts';

/** What an instance is made of, handed in so that tests can hand in others. */
export interface Dependencies {
  database: Database;
  /** Made once the database has told the deployment's name. */
  createElection(deployment: string): Election;
  clock: Clock;
  random: () => number;
  log: Log;
  health: Health;
}

export interface EngineOptions extends Dependencies {
  instance: string;
  /** `web` never leads. */
  role: 'all' | 'web' | 'clock';
  leaseMs: number;
  /** Instants armed at most. */
  horizon: number;
  /** Boundaries that one statement moves at most. */
  batch?: number;
  events: EngineEvents;
}

export interface EngineEvents {
  onMoved(batch: Advanced, cause: 'timer' | 'sweep', term: Term): void;
  onAdvanceFailed(): void;
  /** Another instance came or went. */
  onInstances?(): void;
  /** The record grew, or may have. @param end the last number that was drawn for it; null: not told */
  onRecord?(end: string | null): void;
}
