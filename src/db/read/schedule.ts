import { instantOf } from '../entities/instant.ts';
import { looseScan } from '../leading/loose-scan.ts';
import { OUTSTANDING } from '../outstanding.ts';
import { msOf, type Reader } from './stages.ts';

/** The stages that cross to one status at one instant. */
export interface ScheduleRow {
  atMs: number;
  to: 'active' | 'completed';
  stages: number;
}

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
  const starts = { name: 'starts', date: 'start_date', from: '> ?::timestamptz', limit: '?' } as const;
  // At one instant 'active' comes before 'completed'.
  const endsFrom = `${after?.to === 'active' ? '>=' : '>'} ?::timestamptz`;
  const ends = { name: 'ends', date: 'end_date', from: endsFrom, limit: '?' } as const;
  return em.execute<ScheduleRow[]>(
    `WITH RECURSIVE ${looseScan(starts)}, ${looseScan(ends)}, page AS (
      SELECT at, 'active' AS direction FROM starts WHERE at IS NOT NULL
      UNION ALL
      SELECT at, 'completed' FROM ends WHERE at IS NOT NULL
      ORDER BY at, direction LIMIT ?
    )
    SELECT ${msOf('at')} AS "atMs", direction AS "to", (CASE direction
        WHEN 'active' THEN (SELECT count(*) FROM stage WHERE ${OUTSTANDING.start_date} AND start_date = page.at)
        ELSE (SELECT count(*) FROM stage WHERE ${OUTSTANDING.end_date} AND end_date = page.at) END)::float8 AS stages
    FROM page ORDER BY at, direction`,
    [from, limit, from, limit, limit],
  );
}
