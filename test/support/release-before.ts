import type pg from 'pg';
import { Initial } from '../../src/db/migrations/0001-initial.ts';
import { SideBySide } from '../../src/db/migrations/0002-side-by-side.ts';

/**
 * The release before migrations 0003 to 0005: its migrations, and what its instances say to a database, to the
 * letter. They go on running while the schema is brought up and the instances are replaced one by one.
 */
export const MIGRATIONS_BEFORE = [
  { name: '0001-initial', class: Initial },
  { name: '0002-side-by-side', class: SideBySide },
];

/** On which it listens where its schema is `public`. */
export const CHANNEL_BEFORE = 'stagebell_public';

const ADVANCE = `WITH term AS MATERIALIZED (
  SELECT epoch, clock_timestamp() AS now, set_config('stagebell.advance', 'on', true) AS flag
  FROM leadership WHERE $1::bigint IS NULL OR (epoch = $1 AND nonce = $2::uuid) LIMIT 1 FOR KEY SHARE
), starts AS MATERIALIZED (
  SELECT due.* FROM term, LATERAL (
    SELECT id, assignment_id, status, start_date, end_date FROM stage
    WHERE status = 'pending' AND start_date <= term.now
    ORDER BY start_date, id LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
), reach AS MATERIALIZED (
  SELECT CASE WHEN count(*) = $3 THEN max(start_date) ELSE (SELECT now FROM term) END AS at FROM starts
), ends AS MATERIALIZED (
  SELECT due.* FROM reach, LATERAL (
    SELECT id, assignment_id, status, start_date, end_date FROM stage
    WHERE status IN ('pending', 'active') AND end_date IS NOT NULL AND end_date <= reach.at
    ORDER BY end_date, id LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
), due AS MATERIALIZED (
  SELECT id, assignment_id, 'pending' AS from_status, 'active' AS to_status, start_date AS due_at FROM starts
  UNION ALL
  SELECT id, assignment_id, 'pending', 'active', start_date FROM ends
  WHERE status = 'pending' AND id NOT IN (SELECT id FROM starts)
  UNION ALL
  SELECT id, assignment_id, 'active', 'completed', end_date FROM ends
), crossed AS MATERIALIZED (
  SELECT * FROM due ORDER BY due_at, id, to_status LIMIT $3
), chosen AS MATERIALIZED (
  SELECT batch_chosen($7) FROM term
  WHERE $7::integer IS NOT NULL AND (SELECT count(*) FROM due) = $3
    AND NOT EXISTS (SELECT FROM starts, reach WHERE end_date > reach.at AND end_date <= term.now + interval '6 s')
), moved AS (
  UPDATE stage SET status = last.to_status, version = stage.version + 1, updated_at = term.now
  FROM term, (SELECT count(*) FROM chosen) AS said /* before any of the update */,
    (SELECT id, max(to_status) AS to_status /* 'active' < 'completed' */ FROM crossed GROUP BY id) AS last
  WHERE stage.id = last.id
  RETURNING stage.id
), gate AS MATERIALIZED (
  SELECT batch_gate($8) WHERE (SELECT count(*) FROM moved) > 0
), recorded AS (
  INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause, instance, term, actor)
  SELECT crossed.id, assignment_id, from_status, to_status, due_at, date_trunc('milliseconds', greatest(clock_timestamp(), term.now)), $4, $5, term.epoch, $6
  FROM gate, term, crossed
  WHERE (crossed.id IN (SELECT id FROM moved)) IS TRUE
  ORDER BY due_at, crossed.id, to_status
  RETURNING to_status, due_at, occurred_at
)
SELECT (SELECT count(*) FROM term)::float8 AS fenced_in, (SELECT count(*) FROM recorded)::float8 AS moved,
  (SELECT extract(epoch FROM min(due_at)) * 1000 FROM recorded)::float8 AS first_due,
  (SELECT coalesce(json_agg(json_build_array(to_status, lateness, n)), '[]') FROM (
    SELECT to_status, (extract(epoch FROM took) * 1000)::bigint AS lateness, n
    FROM (SELECT to_status, occurred_at - due_at AS took, count(*) AS n FROM recorded GROUP BY 1, 2) AS tally ORDER BY took
  ) AS tally) AS tally`;

const MISSED = `(SELECT count(*) FROM (
    SELECT FROM stage WHERE status = 'pending' AND start_date <= now() - interval '1000 ms' LIMIT 10000) AS starts)
  + (SELECT count(*) FROM (
    SELECT FROM stage WHERE status IN ('pending', 'active') AND end_date IS NOT NULL AND end_date <= now() - interval '1000 ms' LIMIT 10000) AS ends)`;

const TAKE = `WITH taken AS (
    UPDATE leadership SET epoch = epoch + 1, nonce = gen_random_uuid(), instance = $1, lease_ms = $2,
      since = clock_timestamp(), heartbeat_at = clock_timestamp()
    WHERE $3 = 'always' OR instance IS NULL OR (epoch = $5 AND nonce = $6::uuid)
      OR heartbeat_at < clock_timestamp() - make_interval(secs => 3 * greatest(lease_ms, $2) / 1000.0)
    RETURNING epoch, nonce, clock_timestamp() AS at
  ), ended AS (
    INSERT INTO term (epoch, instance, started_at) SELECT epoch - 1, 'unknown', at FROM taken WHERE epoch > 1
    ON CONFLICT (epoch) DO UPDATE SET ended_at = excluded.started_at, ended_by = 'take-over' WHERE term.ended_at IS NULL
  ), logged AS (
    INSERT INTO term (epoch, instance, started_at) SELECT epoch, $1, at FROM taken
  )
  SELECT epoch::float8 AS epoch, nonce::text AS nonce, pg_notify($4, 'term ' || epoch) FROM taken`;

const RELEASE = `WITH mine AS (
    SELECT epoch FROM leadership WHERE epoch = $1 AND nonce = $2::uuid FOR UPDATE
  ), released AS (
    UPDATE leadership SET instance = NULL, nonce = gen_random_uuid(), since = NULL, heartbeat_at = NULL
    FROM mine WHERE leadership.epoch = mine.epoch RETURNING leadership.epoch
  ), ended AS (
    UPDATE term SET ended_at = clock_timestamp(), ended_by = 'release' FROM released WHERE term.epoch = released.epoch
  )
  SELECT pg_notify($3, 'vacant ' || epoch) FROM released`;

const HEARTBEAT = `WITH mine AS (
    UPDATE leadership SET heartbeat_at = clock_timestamp() WHERE epoch = $1 AND nonce = $2::uuid
    RETURNING epoch, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
  )
  SELECT (SELECT count(*) FROM mine)::float8 AS mine, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now,
    (${MISSED})::float8 AS missed,
    (SELECT pg_notify($3, 'pulse ' || epoch || ' ' || now) FROM mine)`;

/** One instance of it, as far as the database can tell. Statements are prepared, as there. */
export class InstanceBefore {
  readonly #client: pg.Client;
  #term: { epoch: number; nonce: string } = { epoch: 0, nonce: '' };
  /** What it heard. */
  readonly heard: string[] = [];

  constructor(client: pg.Client) {
    this.#client = client;
    client.on('notification', ({ payload = '' }) => this.heard.push(payload));
  }

  async lead(): Promise<void> {
    await this.#client.query(`LISTEN ${CHANNEL_BEFORE}`);
    const [taken] = await this.#ask<{ epoch: number; nonce: string }>('take_term', TAKE, [
      'before',
      5000,
      'always',
      CHANNEL_BEFORE,
      null,
      null,
    ]);
    if (taken === undefined) throw new Error('the term was not to be had');
    this.#term = taken;
  }

  /** @returns how many it moved; null: it was deposed */
  async advance(limit = 1000): Promise<number | null> {
    const { epoch, nonce } = this.#term;
    const values = [epoch, nonce, limit, 'timer', 'before', null, 1, null];
    const [row] = await this.#ask<{ fenced_in: number; moved: number }>('advance', ADVANCE, values);
    return row?.fenced_in === 1 ? row.moved : null;
  }

  /** @returns what it counts as missed; null: it was deposed */
  async beat(): Promise<number | null> {
    const { epoch, nonce } = this.#term;
    const [row] = await this.#ask<{ mine: number; missed: number }>('heartbeat', HEARTBEAT, [
      epoch,
      nonce,
      CHANNEL_BEFORE,
    ]);
    return row?.mine === 1 ? row.missed : null;
  }

  async release(): Promise<void> {
    const { epoch, nonce } = this.#term;
    await this.#ask('release_term', RELEASE, [epoch, nonce, CHANNEL_BEFORE]);
  }

  async #ask<Row>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return (await this.#client.query({ name, text, values })).rows as Row[];
  }
}
