import type { Queryable } from './database.ts';

const MEND_IDS = { name: 'mend_record_ids', text: 'SELECT mend_record_ids() AS "isMended"' };

/**
 * Lets the ids of the record continue after its last row. Logical replication and manual restores copy rows but not the
 * sequence: then each bell would take an id that is already used.
 * @returns whether it had to change anything
 */
export async function mendRecordIds(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ isMended: boolean }>(MEND_IDS);
  return row?.isMended ?? false;
}
