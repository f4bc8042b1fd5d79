/** What a statement did to a stage or an assignment, as the record keeps it. */
export const ACTIONS = ['created', 'edited', 'deleted'] as const;
export type Action = (typeof ACTIONS)[number];

/** The fields that differ, by their names in the API; instants as PostgreSQL writes them in JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** One recorded change. */
export interface Change {
  /** null: the assignment itself changed. */
  stageId: string | null;
  assignmentId: string;
  action: Action;
  /** null where it did not exist. */
  was: Fields | null;
  /** null where it no longer exists. */
  became: Fields | null;
  /** Epoch milliseconds. */
  changedMs: number;
  /** Shared by all changes of one transaction. */
  batch: string;
  instance: string | null;
  actor: string | null;
  /** The database role that made it. */
  role: string | null;
  /** Why, as the writer said it. */
  reason: string | null;
}
