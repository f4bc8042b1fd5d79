import { ValidationError } from '../base/errors.ts';
import { STAGE_COLUMNS, type StageRow } from '../db/read/stages.ts';
import type { Expected } from './precondition.ts';
import { asRefusal, isConflict, isOfNoAssignment, isOfRecordIds } from './refusals.ts';
import { type StageChanges, WRITTEN } from './stage-changes.ts';
import type { Writer } from './transact.ts';

/** A column that this edit writes. */
interface Value {
  column: string;
  type: string;
  value: unknown;
}

/**
 * An edit as one statement, which is a transaction by itself: one way to the database and back
 * instead of six. It is done where nothing speaks against it. Where something does (no such stage,
 * somebody else holds it, another version, dates that do not fit, no difference), it does nothing, and
 * whoever wants to know which it was goes step by step.
 * @returns the stage as it was written; null when nothing was done
 */
export async function editInOne(
  { database, instance, actor, reason = null }: Writer,
  id: string,
  changes: StageChanges,
  expected: Expected,
): Promise<StageRow | null> {
  const written = writtenBy(changes);
  if (written.length === 0) return null;
  try {
    const values = [id, expected, instance, actor ?? '', reason ?? '', ...written.map(({ value }) => value)];
    const [stage] = await database.edit(null, () => database.query<StageRow>(statementFor(written), values));
    return stage ?? null;
  } catch (error) {
    if (isConflict(error) || isOfRecordIds(error) || isOfNoAssignment(error)) return null;
    const refusal = asRefusal(error);
    if (refusal instanceof ValidationError) return null;
    throw refusal;
  }
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
  const text = `
WITH writer AS MATERIALIZED (
  SELECT set_config('stagebell.instance', $3, true) AS instance, set_config('stagebell.actor', $4, true) AS actor,
    set_config('stagebell.reason', $5, true) AS reason
), free AS MATERIALIZED (
  SELECT id AS stage_id FROM stage WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE stage SET ${columns.map((column, i) => `${column} = ${values[i]}`).join(', ')} FROM writer, free
WHERE stage.id = free.stage_id AND ($2::text[] IS NULL OR version::text = ANY ($2)) AND ROW(${columns}) IS DISTINCT FROM ROW(${values})
RETURNING ${STAGE_COLUMNS}`;
  // Short, because a name has at most 63 characters.
  const choice = WRITTEN.map(({ column }) => (columns.includes(column) ? 1 : 0)).join('');
  return { name: `edit_${choice}`, text };
}
