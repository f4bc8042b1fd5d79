import type { Migrated } from './migrated.ts';

export interface ChangeRow {
  number: string;
  n: number;
  stage_id: string | null;
  assignment_id: string;
  action: string;
  was: Record<string, unknown> | null;
  became: Record<string, unknown> | null;
  batch: string;
  instance: string | null;
  actor: string | null;
  role: string;
  reason: string | null;
}

/** The record of edits in its order. Each has its place there, or the test fails. */
export async function changesOf(database: Migrated): Promise<ChangeRow[]> {
  const rows = await database.sql<ChangeRow>(
    `SELECT number::text, n, stage_id, assignment_id, action, was, became, batch, instance, actor, role, reason
      FROM change LEFT JOIN change_commit USING (statement) ORDER BY change_commit.number, n`,
  );
  if (rows.some(({ number }) => number === null)) throw new Error('A change has no place in the order of events.');
  return rows;
}
