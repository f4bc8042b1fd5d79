import type { Clock } from '../base/clock.ts';
import type { Health } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../db/database.ts';
import type { Election } from '../leader/election.ts';
import type { MovedListener } from '../scheduler/moved-listener.ts';

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
  moved: MovedListener;
}
