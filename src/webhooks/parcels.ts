import type { Queryable } from '../db/database.ts';
import type { Place } from '../domain/event.ts';
import type { Endpoint, Parcel } from './endpoint.ts';
import type { Outcome } from './plan.ts';

/** What is to be sent to one webhook, in the database. Everything here is done only for the instance that delivers. */

/** Where a webhook goes on: written in the transaction that takes events. */
/** Attempts in the log of one. */
const MAX_LOG = 20;

export type Course = Pick<Endpoint, 'readTo' | 'replayTo' | 'resumeTo'>;

export interface NewParcel {
  number: string;
  n: number;
  type: string;
  about: string;
  body: string;
}

// One that was delivered before is sent again: a replay has come to it.
const TAKE = {
  name: 'take_events',
  text: `WITH mine AS (
    UPDATE webhook SET read_to = $5::bigint, read_n = $6, replay_to = $7::bigint, replay_n = $8, resume_to = $9::bigint, resume_n = $10,
      owned_until = clock_timestamp() + make_interval(secs => $11::float8 / 1000)
    WHERE id = $1::uuid AND owner = $2::uuid AND state = 'active' AND read_to = $3::bigint AND read_n = $4 AND version = $12
    RETURNING id
  ), taken AS (
    INSERT INTO webhook_delivery (webhook_id, number, n, type, about, body)
    SELECT mine.id, event.* FROM mine, json_to_recordset($13::json) AS event (number bigint, n integer, type text, about uuid, body text)
    ON CONFLICT (webhook_id, number, n) DO UPDATE SET state = 'pending', body = excluded.body, first_attempt_at = NULL,
      next_attempt_at = clock_timestamp(), done_at = NULL
    RETURNING id, number, n
  )
  SELECT taken.id, number::text AS number, n FROM mine LEFT JOIN taken ON true ORDER BY taken.number, n`,
};

/**
 * Makes deliveries of events, and moves the webhook behind them, all or nothing.
 * @returns the ids of the deliveries in the order of events; null: it is no longer ours, or was edited
 */
export async function take(
  db: Queryable,
  self: string,
  leaseMs: number,
  { id, version, readTo }: Endpoint,
  next: Course,
  parcels: readonly NewParcel[],
): Promise<string[] | null> {
  const place = (at: Place | null): [string | null, number | null] => (at === null ? [null, null] : [at.number, at.n]);
  const values = [
    ...[id, self, ...place(readTo), ...place(next.readTo), ...place(next.replayTo), ...place(next.resumeTo)],
    ...[leaseMs, version, JSON.stringify(parcels)],
  ];
  const rows = await db.query<{ id: string | null }>(TAKE, values);
  return rows.length === 0 ? null : rows.flatMap((row) => row.id ?? []);
}

const PARCEL = `id, json_build_object('number', number::text, 'n', n) AS place, type, about, body, attempts,
  (extract(epoch FROM clock_timestamp() - first_attempt_at) * 1000)::float8 AS "triedForMs"`;
const DUE = {
  name: 'due_deliveries',
  text: `WITH open AS MATERIALIZED (SELECT * FROM webhook_delivery WHERE webhook_id = $1::uuid AND state = 'pending')
  SELECT (SELECT count(*) FROM open)::float8 AS open,
    (SELECT extract(epoch FROM min(next_attempt_at) - clock_timestamp()) * 1000 FROM open WHERE next_attempt_at > clock_timestamp())::float8 AS "nextInMs",
    (SELECT coalesce(json_agg(due), '[]') FROM (SELECT ${PARCEL} FROM open
      WHERE ($4 OR next_attempt_at <= clock_timestamp()) AND body IS NOT NULL AND NOT id::text = ANY ($2::text[])
      ORDER BY open.number, open.n LIMIT $3) AS due) AS due`,
};

export interface Due {
  /** How many are pending, also those that are sent just now. */
  open: number;
  /** When the next of the others is due; null: none is. */
  nextInMs: number | null;
  due: Parcel[];
}

/**
 * What is due to be sent, oldest first.
 * @param except these are in hand
 * @param isProbe whether it is due or not
 */
export async function readDue(
  db: Queryable,
  id: string,
  except: readonly string[],
  limit: number,
  isProbe: boolean,
): Promise<Due> {
  const [row] = await db.query<Due>(DUE, [id, except, limit, isProbe]);
  return row ?? { open: 0, nextInMs: null, due: [] };
}

/** What became of one. */
export interface Result {
  id: string;
  state: 'pending' | 'succeeded' | 'failed';
  attempts: number;
  /** Until the next attempt; null: there is none. */
  next_in_ms: number | null;
  outcome: Outcome;
}

/** What that says about the endpoint. */
export interface Standing {
  failures: number;
  retryInMs: number | null;
  /** Why it is to be disabled at once; null: it is not. */
  goneBecause: string | null;
  /** All that are pending are due now. */
  isBack: boolean;
}

const AT = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const NOTE = {
  name: 'note_deliveries',
  text: `WITH was AS MATERIALIZED (
    SELECT id, coalesce(failing_since, clock_timestamp()) AS since FROM webhook WHERE id = $1::uuid AND owner = $2::uuid FOR UPDATE
  ), mine AS (
    UPDATE webhook SET failures = $3, failing_since = CASE WHEN $3 > 0 THEN was.since END,
      retry_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000),
      owned_until = clock_timestamp() + make_interval(secs => $5::float8 / 1000),
      state = CASE WHEN new.reason IS NULL THEN state ELSE 'disabled' END, state_reason = coalesce(new.reason, state_reason),
      state_since = CASE WHEN new.reason IS NULL THEN state_since ELSE clock_timestamp() END,
      version = version + CASE WHEN new.reason IS NULL THEN 0 ELSE 1 END,
      updated_at = CASE WHEN new.reason IS NULL THEN updated_at ELSE clock_timestamp() END
    FROM was, LATERAL (SELECT CASE WHEN state <> 'active' THEN NULL WHEN $6::text IS NOT NULL THEN $6::text
      WHEN $3 > 0 AND was.since < clock_timestamp() - make_interval(secs => $7::float8 / 1000) THEN
        'nothing but failures since ' || to_char(was.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END AS reason
      FROM webhook AS now WHERE now.id = was.id) AS new
    WHERE webhook.id = was.id RETURNING webhook.id, new.reason
  ), back AS (
    UPDATE webhook_delivery AS d SET next_attempt_at = clock_timestamp() FROM mine
    WHERE $9 AND d.webhook_id = mine.id AND d.state = 'pending' AND d.next_attempt_at > clock_timestamp()
      AND NOT d.id = ANY (SELECT r.id FROM json_to_recordset($8::json) AS r (id uuid))
  ), noted AS (
    UPDATE webhook_delivery AS d SET state = r.state, attempts = r.attempts, body = CASE WHEN r.state <> 'succeeded' THEN d.body END,
      first_attempt_at = coalesce(d.first_attempt_at, clock_timestamp() - make_interval(secs => r.took_ms / 1000)),
      next_attempt_at = clock_timestamp() + make_interval(secs => r.next_in_ms / 1000),
      done_at = CASE WHEN r.state <> 'pending' THEN clock_timestamp() END,
      status = r.status, answer = r.answer, error = r.error, took_ms = r.took_ms,
      log = CASE WHEN jsonb_array_length(d.log) >= ${MAX_LOG} THEN d.log - 0 ELSE d.log END
        || jsonb_build_object('at', ${AT}, 'status', r.status, 'error', r.error, 'took_ms', r.took_ms)
    FROM mine, json_to_recordset($8::json) AS r (id uuid, state text, attempts integer, next_in_ms float8, status integer, answer text, error text, took_ms float8)
    WHERE d.id = r.id AND d.webhook_id = mine.id
  )
  SELECT reason FROM mine`,
};

/**
 * Writes what became of deliveries, and what that says about the endpoint.
 * @returns why it was disabled; null: it was not; undefined: it is no longer ours, and nothing was written
 */
export async function note(
  db: Queryable,
  self: string,
  leaseMs: number,
  id: string,
  standing: Standing,
  results: readonly Result[],
  disableAfterMs: number,
): Promise<string | null | undefined> {
  const rows = results.map(({ outcome: { status, answer, error, tookMs }, ...result }) => ({
    ...result,
    ...{ status, answer, error, took_ms: tookMs },
  }));
  const { failures, retryInMs, goneBecause, isBack } = standing;
  const values = [id, self, failures, retryInMs, leaseMs, goneBecause, disableAfterMs, JSON.stringify(rows), isBack];
  const [row] = await db.query<{ reason: string | null }>(NOTE, values);
  return row === undefined ? undefined : row.reason;
}
