import type { StuckStage } from '../db/leading/stuck.ts';

/** A stage that stays behind its dates, because the database refuses to change its row. */
export interface KnownStuck extends StuckStage {
  /** Wall time of this host, epoch milliseconds. */
  sinceMs: number;
}

/** What the leader does again and again. */
export type Work = 'advance' | 'plan';

/** How the work of a term goes, for whoever makes troubles of it (instance/scheduler-lifecycle.ts). */
export interface TermHealth {
  /** @param error null: it has succeeded */
  tried(work: Work, error: unknown): void;
  /** Stages have been due for a while and the advance passes them by; or do so no more. */
  held(isHeld: boolean): void;
  /** Other stages than before cannot be moved. */
  stuck(stuck: readonly KnownStuck[]): void;
}
