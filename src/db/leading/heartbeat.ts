import type { Queryable } from '../database.ts';
import { due, instant, notAmong, type StageDate } from '../outstanding.ts';
import { BACKEND, MUTE, saying, type Term } from './term.ts';

export interface Heartbeat {
  /** False: somebody else has the term. */
  isCurrent: boolean;
  /** The database's clock, epoch milliseconds, sampled while the statement ran. */
  databaseMs: number;
  /** Boundaries that should have been crossed a second ago or earlier, counted up to 10,000 each way. */
  missed: number;
  /** In the database, milliseconds, the counting included. */
  tookMs: number;
  /** How full the server's notification queue is, 0 to 1. */
  queueUsage: number;
}

/** What is known to be dealt with, and need not be counted. */
export interface DealtWith {
  /** Everything due before this, epoch milliseconds; null: nothing is known. */
  beforeMs: number | null;
  /** Ids of stages that are stuck. */
  stages: readonly string[];
}

export const NOTHING: DealtWith = { beforeMs: null, stages: [] };

/** Beyond this it does not matter how many: counting costs time. */
const MOST_COUNTED = 10_000;

/** @param first the number of the first of two parameters, as `dealtWith` gives them */
const countOverdue = (graceMs: number, first: number): string => {
  const count = (date: StageDate): string => `(SELECT count(*) FROM (
    SELECT FROM stage WHERE ${due(date, `now() - interval '${graceMs} ms'`)} AND ${date} >= ${instant(`$${first}`)}
    AND ${notAmong(`$${first + 1}`)} LIMIT ${MOST_COUNTED}) AS due)`;
  return `${count('start_date')} + ${count('end_date')}`;
};
const dealtWith = ({ beforeMs, stages }: DealtWith): unknown[] => [beforeMs, stages];

const OVERDUE = { name: 'overdue', text: `SELECT (${countOverdue(0, 1)})::float8 AS overdue` };

/** Boundaries that are due and not yet crossed, counted up to 10,000 each way. */
export async function readOverdue(db: Queryable, known: DealtWith = NOTHING): Promise<number> {
  const [row] = await db.query<{ overdue: number }>(OVERDUE, dealtWith(known));
  return row?.overdue ?? 0;
}

/** What was due less than this ago may just be under way. Only what is older was missed. */
const MISSED_AFTER_MS = 1000;

const OURS = `WHERE epoch = $2 AND nonce = $3::uuid AND ${MUTE}`;
const COUNT = countOverdue(MISSED_AFTER_MS, 4);
const telling = (mine: string, count: string): string => `WITH mine AS (${mine})
  SELECT (SELECT count(*) FROM mine)::float8 AS mine, notify_queue_usage() AS queue, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now,
    (${count})::float8 AS missed,
    (extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000)::float8 AS took`;
// The trigger on the table sends the pulse, which shows every instance that it can hear, without another statement.
const HEARTBEAT = {
  name: 'heartbeat',
  text: telling(
    `UPDATE leadership SET heartbeat_at = clock_timestamp(), backend = ${BACKEND} ${OURS} RETURNING epoch`,
    COUNT,
  ),
};
/** It touches no stage, so it gets through while somebody has locked the table of stages. */
const BARE = { ...HEARTBEAT, name: 'bare_heartbeat', text: HEARTBEAT.text.replace(COUNT, '0') };
const SILENT = { name: 'silent_heartbeat', text: telling(`SELECT epoch FROM leadership ${OURS}`, COUNT) };

/**
 * The leader's one statement every few seconds.
 * @param known null: nothing is counted
 * @param isSilent write nothing, so that nobody hears it, and do the rest
 */
export async function sendHeartbeat(
  db: Queryable,
  term: Term,
  known: DealtWith | null = NOTHING,
  isSilent = false,
): Promise<Heartbeat> {
  const counted = known === null ? [] : dealtWith(known);
  const [row] = await saying<{ mine: number; now: number; missed: number; queue: number; took: number }>(
    db,
    known === null ? BARE : isSilent ? SILENT : HEARTBEAT,
    [term.epoch, term.nonce, ...counted],
  );
  if (row === undefined) throw new Error('The heartbeat returned no row.');
  return {
    isCurrent: row.mine === 1,
    databaseMs: row.now,
    missed: row.missed,
    queueUsage: row.queue,
    tookMs: row.took,
  };
}
