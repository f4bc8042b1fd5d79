import type { Queryable } from '../database.ts';
import { notAmong, OUTSTANDING } from '../outstanding.ts';
import { looseScan } from './loose-scan.ts';

/** Instants at which at least one boundary is outstanding, and the time of the reading. */
export interface Outstanding {
  /** Epoch milliseconds, ascending; those at or before `databaseMs` are due. */
  instants: number[];
  /** The database's clock while the statement ran, epoch milliseconds with a fraction. */
  databaseMs: number;
}

interface Row {
  instants: number[];
  now: number;
}

const SELECT = `SELECT coalesce(json_agg((extract(epoch FROM at) * 1000)::bigint ORDER BY at) FILTER (WHERE at IS NOT NULL), '[]') AS instants,
    (extract(epoch FROM clock.now) * 1000)::float8 AS now`;
const CLOCK = 'clock AS MATERIALIZED (SELECT clock_timestamp() AS now)';
const NOW = '(SELECT now FROM clock)';
/** Stages that are stuck are due, and no timer helps them. */
const INCLUDED = notAmong('$2');

/** The earliest instants of both columns on one side of now, as the common table expressions `name_...` and `name`. */
const earliest = (name: string, side: 'due' | 'coming'): string => {
  const scan = (of: 'start' | 'end'): string => {
    const date = `${of}_date` as const;
    const which =
      side === 'due' ? { where: `${date} <= ${NOW} AND ${INCLUDED}`, from: 'IS NOT NULL' } : { from: `> ${NOW}` };
    return looseScan({ name: `${name}_${of}`, date, ...which, limit: '$1' });
  };
  return `${scan('start')}, ${scan('end')}, ${name} AS (
    SELECT at FROM (SELECT at FROM ${name}_start UNION SELECT at FROM ${name}_end) AS instants
    WHERE at IS NOT NULL ORDER BY at LIMIT $1)`;
};

const HORIZON = {
  name: 'horizon',
  text: `WITH RECURSIVE ${CLOCK}, ${earliest('due', 'due')}, ${earliest('coming', 'coming')}
  ${SELECT} FROM clock LEFT JOIN (TABLE due UNION ALL TABLE coming) AS instants ON true GROUP BY clock.now`,
};

/**
 * The earliest `limit` coming instants with something outstanding, and the earliest `limit` that are due. They are
 * limited apart, so that what is due, and perhaps locked, leaves room for what is to be armed.
 * @param without ids of stages that do not count
 */
export async function readHorizon(db: Queryable, limit: number, without: readonly string[] = []): Promise<Outstanding> {
  return toOutstanding(await db.query<Row>(HORIZON, [limit, without]));
}

// Not EXISTS, which the planner may answer by hashing all that is pending, and all that ever was.
const STILL_OUTSTANDING = {
  name: 'outstanding',
  text: `WITH ${CLOCK}, outstanding AS (
    SELECT asked.at FROM (SELECT to_timestamp(ms / 1000) AS at FROM unnest($1::float8[]) AS given (ms)) AS asked
    WHERE (SELECT true FROM stage WHERE ${OUTSTANDING.start_date} AND start_date = asked.at AND ${INCLUDED} LIMIT 1)
       OR (SELECT true FROM stage WHERE ${OUTSTANDING.end_date} AND end_date = asked.at AND ${INCLUDED} LIMIT 1)
  ) ${SELECT} FROM clock LEFT JOIN outstanding ON true GROUP BY clock.now`,
};

/** Which of these instants (epoch milliseconds) still have something outstanding, in other stages than `without`. */
export async function readOutstanding(
  db: Queryable,
  atMs: readonly number[],
  without: readonly string[] = [],
): Promise<Outstanding> {
  return toOutstanding(await db.query<Row>(STILL_OUTSTANDING, [atMs, without]));
}

function toOutstanding([row]: Row[]): Outstanding {
  return { instants: row?.instants ?? [], databaseMs: row?.now ?? 0 };
}
