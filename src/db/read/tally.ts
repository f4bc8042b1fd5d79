import type { Cause } from '../../domain/transition.ts';
import type { Queryable } from '../database.ts';

/** How many transitions of one kind were recorded. */
export interface RecordedCount {
  cause: Cause;
  to: string;
  count: number;
}

/** Transitions behind one place in the record, counted, and the place up to which they were. */
export interface RecordTally {
  /** An id in decimal digits; hand it back for what comes next. */
  upTo: string;
  counts: RecordedCount[];
}

// Nobody's own: plain SQL names no instance, and the command line ends in CLI_SUFFIX.
const TALLY = {
  name: 'tally',
  text: `WITH last AS (SELECT coalesce(max(id), 0) AS id FROM transition), counted AS (
    SELECT cause, to_status, count(*) AS n FROM transition, last
    WHERE transition.id > $1::bigint AND transition.id <= last.id
      AND (cause = 'edit' AND instance = $2 OR $3 AND (instance IS NULL OR right(instance, length($4)) = $4))
    GROUP BY cause, to_status
  )
  SELECT last.id::text AS "upTo",
    (SELECT coalesce(json_agg(json_build_object('cause', cause, 'to', to_status, 'count', n)), '[]') FROM counted) AS counts
  FROM last`,
};

/** Added to the name of an instance by what is run by hand beside it. */
export const CLI_SUFFIX = ' (cli)';

/**
 * What was recorded behind `after`: the edits through this instance and, where asked for, what no
 * instance did: edits in plain SQL, sweeps by hand on the command line.
 */
export async function readTally(
  db: Queryable,
  after: string,
  instance: string,
  withUnattributed: boolean,
): Promise<RecordTally> {
  const [row] = await db.query<RecordTally>(TALLY, [after, instance, withUnattributed, CLI_SUFFIX]);
  if (row === undefined) throw new Error('The tally returned no row.');
  return row;
}

const END = { name: 'end_of_record', text: 'SELECT coalesce(max(id), 0)::text AS id FROM transition' };

/** The id of the latest transition in decimal digits, `0` when there is none. */
export async function readEndOfRecord(db: Queryable): Promise<string> {
  const [row] = await db.query<{ id: string }>(END);
  return row?.id ?? '0';
}
