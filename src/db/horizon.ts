import type { Queryable } from './database.ts';
import { ENDING, looseScan, STARTING } from './loose-scan.ts';

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

const SELECT = `SELECT coalesce(json_agg((extract(epoch FROM at) * 1000)::bigint ORDER BY at), '[]') AS instants,
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;

const from = 'IS NOT NULL';
const limit = '$1';
const HORIZON = {
  name: 'horizon',
  text: `WITH RECURSIVE ${looseScan({ name: 'starts', column: 'start_date', where: STARTING, from, limit })},
    ${looseScan({ name: 'ends', column: 'end_date', where: ENDING, from, limit })}
  ${SELECT} FROM (
    SELECT at FROM (SELECT at FROM starts UNION SELECT at FROM ends) AS instants
    WHERE at IS NOT NULL ORDER BY at LIMIT $1) AS earliest`,
};

/** The earliest `limit` instants with something outstanding, overdue ones included. */
export async function readHorizon(db: Queryable, limit: number): Promise<Outstanding> {
  return toOutstanding(await db.query<Row>(HORIZON, [limit]));
}

const OUTSTANDING = {
  name: 'outstanding',
  text: `${SELECT} FROM unnest($1::float8[]) AS asked (ms), to_timestamp(ms / 1000) AS at
  WHERE EXISTS (SELECT FROM stage WHERE ${STARTING} AND start_date = at)
     OR EXISTS (SELECT FROM stage WHERE ${ENDING} AND end_date = at)`,
};

/** Which of these instants (epoch milliseconds) still have something outstanding. */
export async function readOutstanding(db: Queryable, atMs: readonly number[]): Promise<Outstanding> {
  return toOutstanding(await db.query<Row>(OUTSTANDING, [atMs]));
}

function toOutstanding([row]: Row[]): Outstanding {
  return { instants: row?.instants ?? [], databaseMs: row?.now ?? 0 };
}
