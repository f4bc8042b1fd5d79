import type { StuckStage } from '../db/leading/stuck.ts';

/** A stage that stays behind its dates, because the database refuses to change its row. */
export interface KnownStuck extends StuckStage {
  /** Wall time of this host, epoch milliseconds. */
  sinceMs: number;
}

/** What the leader does again and again. */
export type Work = 'advance' | 'plan';

/** Told how the work of a term is going. instance/scheduler-lifecycle.ts turns that into troubles. */
export interface TermHealth {
  /** @param error null: it has succeeded */
  tried(work: Work, error: unknown): void;
  /** @param isHeld whether the advance has been skipping due stages for a while, because somebody holds their rows */
  held(isHeld: boolean): void;
  /** The set of stages that cannot be moved has changed. */
  stuck(stuck: readonly KnownStuck[]): void;
}
