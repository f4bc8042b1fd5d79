/** One walk over the distinct instants of a column. The rest are SQL expressions. */
export interface LooseScan {
  /** Of the common table expression: (at, n), ending in a row whose `at` is null where it found the end. */
  name: string;
  column: 'start_date' | 'end_date';
  /** Which rows count. */
  where: string;
  /** Where to begin, as in `> '-infinity'`. */
  from: string;
  /** Instants at most. */
  limit: string;
}

/**
 * A loose index scan, for WITH RECURSIVE: each step jumps to the next distinct instant, so that a
 * million stages on a few hundred instants cost a few hundred probes, and never more than `limit`.
 */
export const looseScan = ({ name, column, where, from, limit }: LooseScan): string => `
  ${name} (at, n) AS (
    (SELECT ${column}, 1 FROM stage WHERE ${where} AND ${column} ${from} ORDER BY ${column} LIMIT 1)
    UNION ALL
    SELECT (SELECT ${column} FROM stage WHERE ${where} AND ${column} > ${name}.at ORDER BY ${column} LIMIT 1), n + 1
    FROM ${name} WHERE ${name}.at IS NOT NULL AND n < ${limit}
  )`;

/** Stages whose start boundary, or end boundary, is yet to be crossed. */
export const STARTING = "status = 'pending'";
export const ENDING = "status IN ('pending', 'active')";
