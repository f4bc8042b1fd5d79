import type { Queryable } from './database.ts';

const MEND_IDS = { name: 'mend_record_ids', text: 'SELECT mend_record_ids() AS "isMended"' };

/**
 * Lets the ids of the record go on behind its last row. Logical replication and restores by hand copy rows and
 * forget where the sequence was: then each bell would take an id that is there already.
 * @returns whether that was so
 */
export async function mendRecordIds(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ isMended: boolean }>(MEND_IDS);
  return row?.isMended ?? false;
}
