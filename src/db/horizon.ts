import type { Queryable } from './database.ts';

/** An instant at which at least one boundary is outstanding. */
export interface Instant {
  /** Epoch milliseconds. */
  atMs: number;
  /** How far away it is by the database's clock at the read; zero or less = due. */
  inMs: number;
}

/**
 * A loose index scan: each step jumps to the next distinct instant, so that a million stages on a
 * few hundred instants cost a few hundred probes, and never more than `limit`.
 */
const looseScan = (name: string, column: string, outstanding: string): string => `
  ${name} (at, n) AS (
    (SELECT ${column}, 1 FROM stage WHERE ${outstanding} AND ${column} IS NOT NULL ORDER BY ${column} LIMIT 1)
    UNION ALL
    SELECT (SELECT ${column} FROM stage WHERE ${outstanding} AND ${column} > ${name}.at ORDER BY ${column} LIMIT 1), n + 1
    FROM ${name} WHERE ${name}.at IS NOT NULL AND n < $1
  )`;

const HORIZON = {
  name: 'horizon',
  text: `WITH RECURSIVE ${looseScan('starts', 'start_date', "status = 'pending'")},
    ${looseScan('ends', 'end_date', "status IN ('pending', 'active')")}
  SELECT (extract(epoch FROM at) * 1000)::float8 AS at, (extract(epoch FROM at - clock_timestamp()) * 1000)::float8 AS in
  FROM (SELECT at FROM starts UNION SELECT at FROM ends) AS instants
  WHERE at IS NOT NULL ORDER BY at LIMIT $1`,
};

/** The earliest `limit` instants with something outstanding, overdue ones included, soonest first. */
export async function readHorizon(db: Queryable, limit: number): Promise<Instant[]> {
  return (await db.query<{ at: number; in: number }>(HORIZON, [limit])).map(toInstant);
}

const OUTSTANDING = {
  name: 'outstanding',
  text: `SELECT ms AS at, (extract(epoch FROM at - clock_timestamp()) * 1000)::float8 AS in
  FROM unnest($1::float8[]) AS asked (ms), to_timestamp(ms / 1000) AS at
  WHERE EXISTS (SELECT FROM stage WHERE status = 'pending' AND start_date = at)
     OR EXISTS (SELECT FROM stage WHERE status IN ('pending', 'active') AND end_date = at)`,
};

/** Which of these instants (epoch milliseconds) still have something outstanding. */
export async function readOutstanding(db: Queryable, atMs: readonly number[]): Promise<Instant[]> {
  return (await db.query<{ at: number; in: number }>(OUTSTANDING, [atMs])).map(toInstant);
}

const toInstant = (row: { at: number; in: number }): Instant => ({ atMs: row.at, inMs: row.in });
