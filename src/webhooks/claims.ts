import type { Queryable } from '../db/database.ts';
import { LATEST } from '../domain/event.ts';
import type { Endpoint } from './endpoint.ts';

/** Which instance delivers for which webhook. By the database's clock. */

/** A webhook as an instance finds it when it looks. Milliseconds from now. */
export interface Found {
  endpoint: Endpoint;
  /** We deliver for it from now on, for the length of a lease. */
  isMine: boolean;
  /** For how long somebody else does; 0: nobody. */
  othersForMs: number;
  /** When there is something to do for it; null: not before the record grows. */
  dueInMs: number | null;
  /** The highest number that can be seen in the record. */
  recordEnd: string;
}

const inMs = (instant: string): string => `(extract(epoch FROM ${instant} - clock_timestamp()) * 1000)::float8`;
const place = (number: string, n: string): string =>
  `CASE WHEN ${number} IS NOT NULL THEN json_build_object('number', ${number}::text, 'n', ${n}) END`;

const ENDPOINT = `webhook.id, version, url, types, assignment_id AS "assignmentId", stage_id AS "stageId", secret,
  previous_secret AS "previousSecret", ${inMs('previous_until')} AS "previousForMs",
  ${place('read_to', 'read_n')} AS "readTo", ${place('replay_to', 'replay_n')} AS "replayTo", ${place('resume_to', 'resume_n')} AS "resumeTo",
  failures, CASE WHEN retry_at IS NOT NULL THEN greatest(0, ${inMs('retry_at')}) END AS "retryInMs"`;

// What can be seen is enough here: whoever reads on waits until it is settled.
const LOOK = {
  name: 'look_at_webhooks',
  text: `WITH record AS MATERIALIZED (
    SELECT greatest((SELECT max(id) FROM transition), (SELECT max(number) FROM change_commit), (SELECT max(number) FROM alert_event), 0) AS number
  ), seen AS MATERIALIZED (
    SELECT id, CASE WHEN wanted IS NOT NULL THEN greatest(wanted, retry_at) END AS due FROM (
      SELECT id, retry_at, CASE WHEN (read_to, read_n) < (record.number, ${LATEST.n}) OR resume_to IS NOT NULL THEN clock_timestamp()
        ELSE (SELECT min(next_attempt_at) FROM webhook_delivery WHERE webhook_id = webhook.id AND state = 'pending') END AS wanted
      FROM webhook, record WHERE state = 'active') AS active
  ), free AS MATERIALIZED (
    SELECT id FROM webhook WHERE id IN (SELECT id FROM seen WHERE due <= clock_timestamp()) AND state = 'active'
      AND (owner = $1::uuid OR owned_until IS NULL OR owned_until <= clock_timestamp())
    FOR UPDATE SKIP LOCKED
  ), mine AS (
    UPDATE webhook SET owner = $1::uuid, owned_until = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
    FROM free WHERE webhook.id = free.id RETURNING webhook.id
  )
  SELECT ${ENDPOINT}, mine.id IS NOT NULL AS "isMine", CASE WHEN owner = $1::uuid THEN 0 ELSE greatest(0, coalesce(${inMs('owned_until')}, 0)) END AS "othersForMs",
    CASE WHEN due IS NOT NULL THEN greatest(0, ${inMs('due')}) END AS "dueInMs", (SELECT number::text FROM record) AS "recordEnd"
  FROM webhook JOIN seen ON seen.id = webhook.id LEFT JOIN mine ON mine.id = webhook.id ORDER BY webhook.id`,
};

/** Reads the active webhooks, and takes over those that have something to do and that nobody else delivers for. */
export async function look(db: Queryable, self: string, leaseMs: number): Promise<Found[]> {
  const rows = await db.query<Endpoint & Omit<Found, 'endpoint'>>(LOOK, [self, leaseMs]);
  return rows.map(({ isMine, othersForMs, dueInMs, recordEnd, ...endpoint }) => ({
    ...{ endpoint, isMine, othersForMs, dueInMs, recordEnd },
  }));
}

const RENEW = {
  name: 'renew_webhooks',
  text: `UPDATE webhook SET owned_until = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
    WHERE owner = $1::uuid AND id = ANY ($3::text[]::uuid[]) RETURNING id`,
};

/** Goes on with those that are still ours. @returns which they are */
export async function renew(db: Queryable, self: string, leaseMs: number, ids: readonly string[]): Promise<string[]> {
  return (await db.query<{ id: string }>(RENEW, [self, leaseMs, ids])).map(({ id }) => id);
}

const RELEASE = {
  name: 'release_webhooks',
  text: 'UPDATE webhook SET owner = NULL, owned_until = NULL WHERE owner = $1::uuid RETURNING id',
};

/** Another instance may go on at once. @returns whether any was ours */
export async function release(db: Queryable, self: string): Promise<boolean> {
  return (await db.query(RELEASE, [self])).length > 0;
}

const READ = {
  name: 'read_webhook_to_send',
  text: `SELECT ${ENDPOINT}, (owner = $2::uuid AND state = 'active') IS TRUE AS "isMine" FROM webhook WHERE id = $1::uuid`,
};

/** One webhook, whatever its state, and whether we deliver for it; null: there is none. */
export async function readEndpoint(
  db: Queryable,
  id: string,
  self: string,
): Promise<Pick<Found, 'endpoint' | 'isMine'> | null> {
  const [row] = await db.query<Endpoint & Pick<Found, 'isMine'>>(READ, [id, self]);
  if (row === undefined) return null;
  const { isMine, ...endpoint } = row;
  return { endpoint, isMine };
}
