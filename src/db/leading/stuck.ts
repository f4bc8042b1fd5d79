import { hasState } from '../../base/sqlstate.ts';
import type { Queryable } from '../database.ts';
import { isRaisedByOthers } from '../others-code.ts';
import { due, instant, notAmong, type StageDate } from '../outstanding.ts';
import type { BoundaryKey } from './advance.ts';

/** A stage that is due. */
export interface DueStage {
  id: string;
  /** Its first boundary that is due, epoch milliseconds. */
  atMs: number;
}

/** A stage that cannot be moved as it is. */
export interface StuckStage {
  id: string;
  /** The SQLSTATE of what the database says of it. */
  code: string;
  /** The database's own words. */
  reason: string;
}

/** `code` of a stage that somebody holds just now, so that nothing is known about it. */
export const LOCKED = 'locked';
/** `code` of a stage whose row an update leaves as it was. */
export const KEPT: Omit<StuckStage, 'id'> = {
  code: 'kept',
  reason: 'a trigger, a rule or a policy on the table keeps the row as it is',
};

const firstDue = (date: StageDate): string => `SELECT id, ${date} AS at FROM stage
      WHERE ${due(date, '(SELECT now FROM clock)')} AND ${date} >= ${instant('$3')} AND ${notAmong('$2')}
      ORDER BY ${date}, id LIMIT $1`;

const DUE_STAGES = {
  name: 'due_stages',
  text: `WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now), due AS (
    (${firstDue('start_date')})
    UNION ALL
    (${firstDue('end_date')})
  )
  SELECT id::text AS id, (extract(epoch FROM min(at)) * 1000)::float8 AS "atMs" FROM due
  GROUP BY id ORDER BY min(at), due.id LIMIT $1`,
};

/** The stages that an advance would choose first, whoever holds them. */
export function readDueStages(
  db: Queryable,
  limit: number,
  without: readonly string[] = [],
  from: BoundaryKey | null = null,
): Promise<DueStage[]> {
  return db.query<DueStage>(DUE_STAGES, [limit, without, from?.atMs ?? null]);
}

const TRY = { name: 'try_stages', text: 'SELECT stuck::text AS id, code, reason FROM stage_try($1::uuid[])' };

/** Tries to move each of these and takes it back. @returns those that cannot be moved, and how many were tried */
export async function tryStages(
  db: Queryable,
  ids: readonly string[],
): Promise<{ tried: number; stuck: StuckStage[] }> {
  const rows = await db.query<StuckStage & { id: string | null }>(TRY, [ids]);
  return { tried: Number(rows.pop()?.reason ?? 0), stuck: rows };
}

export interface FindOptions {
  /** Of what is due, to look at. */
  most?: number;
  /** Ids to leave out. */
  without?: readonly string[];
  from?: BoundaryKey | null;
}

/** Tried in one statement: its locks are held for a tenth of a second at most. */
export const TRIED_AT_ONCE = 500;

/**
 * Looks for stages that are due and cannot be moved, without moving any: for doctor, and for a sweep by
 * hand that failed.
 */
export async function findStuck(
  db: Queryable,
  { most = 10_000, without = [], from = null }: FindOptions = {},
): Promise<StuckStage[]> {
  const due = await readDueStages(db, most, without, from);
  const found: StuckStage[] = [];
  for (let done = 0; done < due.length; ) {
    const ids = due.slice(done, done + TRIED_AT_ONCE).map(({ id }) => id);
    const { tried, stuck } = await tryStages(db, ids);
    if (tried === 0) break;
    found.push(...stuck.filter(({ code }) => code !== LOCKED));
    done += tried;
  }
  return found;
}

/**
 * Whether a statement failed because of a row in it, and not because of the server, the connection or other
 * transactions. Then the same statement may succeed without that row.
 */
export function isOfRows(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return false;
  // A statement that cannot be planned fails for any row: something is missing, or a right, or a rule is in the way.
  return !/^(40|08|53|58|57P|42|0A|3F)/.test(code) || isRaisedByOthers(error);
}

/** Whether it may have failed because of one row that takes too long. Perhaps it was not a row at all. */
export function isOfTime(error: unknown): boolean {
  return hasState(error, 'cancelled', 'lockNotAvailable');
}
