import { STAGE_COLUMNS, STORED_COLUMNS, type StageRow } from '../db/read/stages.ts';
import type { Expected } from './precondition.ts';
import { type StageChanges, WRITTEN } from './stage-changes.ts';
import { namesWriter, untilDone, type Writer, writerValues } from './transact.ts';

/** A stage as the statement left it. */
export interface TouchedStage extends StageRow {
  isEdited: boolean;
}

/** A column that this edit writes. */
interface Value {
  column: string;
  type: string;
  value: unknown;
}

/**
 * An edit as one statement, which is a transaction by itself: one way to the database and back. SQL by hand, because a
 * unit of work goes six times, and PATCH then answers a third of the requests a second. A stage of another
 * version, or that the edit would not change, or whose dates would not fit, is left as it is.
 * @returns null if there is no such stage, or if somebody holds it
 */
export function editInOne(
  writer: Writer,
  id: string,
  changes: StageChanges,
  expected: Expected,
): Promise<TouchedStage | null> {
  const written = writtenBy(changes);
  const values = [id, expected, ...writerValues(writer), ...written.map(({ value }) => value)];
  const { database } = writer;
  return database.edit(null, () =>
    untilDone(database, async () => {
      const [stage] = await database.query<TouchedStage>(statementFor(written), values);
      return stage ?? null;
    }),
  );
}

function writtenBy(changes: StageChanges): Value[] {
  return WRITTEN.map(({ column, type, pick }) => ({ column, type, value: pick(changes) })).filter(
    ({ value }) => value !== undefined,
  );
}

/**
 * One for each choice of columns: each is prepared once. It waits for no row: once its client has given up, a
 * statement that waits would still be done when it has the row, and a transaction that waits is not.
 */
function statementFor(written: readonly Value[]) {
  const columns = written.map(({ column }) => column);
  const values = written.map(({ type }, i) => `$${i + 6}::${type}`);
  const becomes = (column: string): string => values[columns.indexOf(column)] ?? `stage.${column}`;
  const hasDates = columns.includes('start_date') || columns.includes('end_date');
  const text = `
WITH writer AS MATERIALIZED (
  SELECT ${namesWriter('$3', '$4', '$5')}
), free AS MATERIALIZED (
  SELECT ${STORED_COLUMNS} FROM stage WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED
), edited AS (
  UPDATE stage SET ${columns.map((column, i) => `${column} = ${values[i]}`).join(', ')} FROM writer, free
  WHERE stage.id = free.id AND ($2::text[] IS NULL OR stage.version::text = ANY ($2))
    AND ROW(${columns.map((column) => `stage.${column}`)}) IS DISTINCT FROM ROW(${values})
    ${hasDates ? `AND (${becomes('end_date')} IS NULL OR ${becomes('end_date')} > ${becomes('start_date')})` : ''}
  RETURNING ${STORED_COLUMNS.replaceAll(/\w+/g, 'stage.$&')}
)
SELECT true AS "isEdited", ${STAGE_COLUMNS} FROM edited
UNION ALL SELECT false, ${STAGE_COLUMNS} FROM free WHERE NOT EXISTS (SELECT FROM edited)`;
  // Short, because a name has at most 63 characters.
  const choice = WRITTEN.map(({ column }) => (columns.includes(column) ? 1 : 0)).join('');
  return { name: `edit_${choice}`, text };
}
