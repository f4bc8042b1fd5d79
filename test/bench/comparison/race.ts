import type { Plan } from './tables.ts';

/**
 * An entry at work on a fresh database: what the scenarios see, whoever it is. Both kinds have the
 * tables `stage` and `transition`, and in the latter `due_at` and `measured_at`.
 */
export interface Race {
  /** Of the database. */
  readonly url: string;
  /** Of the Redis servers, if it has any. */
  readonly redisUrls: string[];
  /** Stages that come in while it works, as they would in production. */
  add(duesMs: readonly number[]): Promise<void>;
  /** Many stages in one go, in plain SQL. Resolves when the entry knows them. */
  fill(plan: Plan): Promise<void>;
  /** Ends it and starts it again. @returns from the start of its process to when it serves, milliseconds */
  restart(): Promise<number>;
  /** Ends it for a moment, while `work` fills what it then finds. */
  whileAway(plan: Plan): Promise<void>;
  /** MB of its process: the most resident since the last start, and what is not mapped from files. */
  memory(): { peak: number; own: number };
  stop(): Promise<void>;
}
