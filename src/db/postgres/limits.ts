import { EDIT_PATIENCE_MS } from '../edit-queue.ts';

/** Times in milliseconds, 0 for none. */
export interface Limits {
  /** Of a statement. */
  statementMs: number;
  /** Of waiting for a lock. */
  lockMs: number;
  /** Of a transaction of ours that says nothing: we were paused in it, and it must not hold its rows for as long. */
  idleInTransactionMs: number;
}

/** A request's statement may take this long; the client gets 503 rather than an endless wait. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A transaction of ours that has said nothing for this long was abandoned. */
const ABANDONED_AFTER_MS = 3000;

export const REQUESTS: Limits = {
  statementMs: REQUEST_TIMEOUT_MS,
  lockMs: EDIT_PATIENCE_MS,
  idleInTransactionMs: ABANDONED_AFTER_MS,
};

/** An index over millions of rows may take minutes. How long a migration waits for locks it says by itself. */
export const MIGRATIONS: Limits = { statementMs: 0, lockMs: 0, idleInTransactionMs: 0 };

/** Of a session of the instance's own. @param timeoutMs of a statement; 0: none of all this */
export const limitsOf = (timeoutMs: number): Limits => ({
  statementMs: timeoutMs,
  lockMs: 0,
  idleInTransactionMs: timeoutMs === 0 ? 0 : ABANDONED_AFTER_MS,
});
