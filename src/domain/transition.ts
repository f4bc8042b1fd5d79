import type { Status } from './stage.ts';

/** Why a transition was recorded: at its timer, by a sweep after time was missed, or by an edit. */
export const CAUSES = ['timer', 'sweep', 'edit'] as const;
export type Cause = (typeof CAUSES)[number];

/** One recorded change of status, as the record keeps it. Instants are epoch milliseconds. */
export interface Transition {
  id: string;
  stageId: string;
  assignmentId: string;
  from: Status;
  to: Status;
  /** The boundary crossed; null for a move backwards by an edit, which crosses none. */
  dueMs: number | null;
  occurredMs: number;
  cause: Cause;
  instance: string | null;
  term: number | null;
  actor: string | null;
  /** The database role that wrote it; null in rows from before roles were recorded. */
  role: string | null;
}
