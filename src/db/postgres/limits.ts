import { EDIT_PATIENCE_MS } from '../edit-queue.ts';

/** Limits in milliseconds; 0 = none. */
export interface Limits {
  /** For a statement. */
  statementMs: number;
  /** For waiting for a lock. */
  lockMs: number;
  /** For a transaction of ours that is silent: we were paused in it, and it must not hold its rows meanwhile. */
  idleInTransactionMs: number;
}

/** How long a request's statement may take. Then the client gets 503 instead of waiting for ever. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A transaction of ours that has said nothing for this long was abandoned. */
const ABANDONED_AFTER_MS = 3000;

export const REQUESTS: Limits = {
  statementMs: REQUEST_TIMEOUT_MS,
  lockMs: EDIT_PATIENCE_MS,
  idleInTransactionMs: ABANDONED_AFTER_MS,
};

/** An index over millions of rows may take minutes. Migrations limit their waiting for locks themselves. */
export const MIGRATIONS: Limits = { statementMs: 0, lockMs: 0, idleInTransactionMs: 0 };

/** For a session of the instance's own. @param timeoutMs for a statement; 0: no limits at all */
export const limitsOf = (timeoutMs: number): Limits => ({
  statementMs: timeoutMs,
  lockMs: 0,
  idleInTransactionMs: timeoutMs === 0 ? 0 : ABANDONED_AFTER_MS,
});
