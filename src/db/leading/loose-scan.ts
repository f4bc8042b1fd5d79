import { OUTSTANDING, type StageDate } from '../outstanding.ts';

/** One walk over the distinct instants of a column. The rest are SQL expressions. */
export interface LooseScan {
  /** Of the common table expression: (at, n), ending in a row whose `at` is null where it found the end. */
  name: string;
  date: StageDate;
  /** Which of the rows with an outstanding boundary count; all if left out. */
  where?: string;
  /** Where to begin, as in `> '-infinity'`. */
  from: string;
  /** Instants at most. */
  limit: string;
}

/**
 * A loose index scan over the instants at which something is outstanding, for WITH RECURSIVE: each step jumps to the
 * next distinct one, so that a million stages on a few hundred instants cost a few hundred probes, and never more than
 * `limit`.
 */
export const looseScan = ({ name, date, where = 'true', from, limit }: LooseScan): string => {
  const next = (after: string): string =>
    `FROM stage WHERE ${OUTSTANDING[date]} AND ${where} AND ${date} ${after} ORDER BY ${date} LIMIT 1`;
  return `
  ${name} (at, n) AS (
    (SELECT ${date}, 1 ${next(from)})
    UNION ALL
    SELECT (SELECT ${date} ${next(`> ${name}.at`)}), n + 1
    FROM ${name} WHERE ${name}.at IS NOT NULL AND n < ${limit}
  )`;
};
