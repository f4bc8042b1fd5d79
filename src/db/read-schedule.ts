import { instantOf, msOf, type Reader } from './read-stages.ts';

/** The stages that cross to one status at one instant. */
export interface ScheduleRow {
  atMs: number;
  to: 'active' | 'completed';
  stages: number;
}

/** A loose index scan, as in horizon.ts: one probe for each distinct instant, however many stages share it. */
const looseScan = (name: string, column: string, outstanding: string, from: '>' | '>='): string => `
  ${name} (at, n) AS (
    (SELECT ${column}, 1 FROM stage WHERE ${outstanding} AND ${column} ${from} ?::timestamptz ORDER BY ${column} LIMIT 1)
    UNION ALL
    SELECT (SELECT ${column} FROM stage WHERE ${outstanding} AND ${column} > ${name}.at ORDER BY ${column} LIMIT 1), n + 1
    FROM ${name} WHERE ${name}.at IS NOT NULL AND n < ?
  )`;

/**
 * Outstanding boundaries by instant and direction, soonest first; overdue ones are the soonest of all.
 * Counted only for the instants on the page.
 */
export function readSchedule(
  em: Reader,
  query: { after: { atMs: number; to: ScheduleRow['to'] } | null; limit: number },
): Promise<ScheduleRow[]> {
  const { after, limit } = query;
  const from = after === null ? '-infinity' : instantOf(after.atMs);
  // At one instant 'active' comes before 'completed'.
  const endsFrom = after?.to === 'active' ? '>=' : '>';
  const starting = "status = 'pending'";
  const ending = "status IN ('pending', 'active')";
  return em.execute<ScheduleRow[]>(
    `WITH RECURSIVE ${looseScan('starts', 'start_date', starting, '>')},
      ${looseScan('ends', 'end_date', ending, endsFrom)}, page AS (
      SELECT at, 'active' AS direction FROM starts WHERE at IS NOT NULL
      UNION ALL
      SELECT at, 'completed' FROM ends WHERE at IS NOT NULL
      ORDER BY at, direction LIMIT ?
    )
    SELECT ${msOf('at')} AS "atMs", direction AS "to", (CASE direction
        WHEN 'active' THEN (SELECT count(*) FROM stage WHERE ${starting} AND start_date = at)
        ELSE (SELECT count(*) FROM stage WHERE ${ending} AND end_date = at) END)::float8 AS stages
    FROM page ORDER BY at, direction`,
    [from, limit, from, limit, limit],
  );
}
