import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Database, Queryable } from '../db/database.ts';
import type { Turns } from './turns.ts';

/** Rows per statement, so that others get in between. */
const BATCH = 1000;
const KEPT_DAYS = 30;

// By the index of the places: old events are at its beginning.
const OLD = {
  name: 'delete_old_deliveries',
  text: `WITH gone AS (DELETE FROM webhook_delivery WHERE id IN (
      SELECT id FROM (SELECT id, done_at FROM webhook_delivery WHERE webhook_id = $1::uuid ORDER BY number, n LIMIT ${BATCH}) AS first
      WHERE done_at < clock_timestamp() - interval '${KEPT_DAYS} days') RETURNING 1)
    SELECT count(*)::float8 AS n FROM gone`,
};

/** Deletes a batch of what one webhook was sent long ago. @returns whether there may be more */
async function deleteOld(db: Queryable, id: string): Promise<boolean> {
  const [gone] = await db.query<{ n: number }>(OLD, [id]);
  return gone?.n === BATCH;
}

// One look for each webhook, however many deliveries it has.
const ORPHANS = {
  name: 'delete_orphaned_deliveries',
  text: `WITH RECURSIVE named AS (
      (SELECT webhook_id AS id FROM webhook_delivery ORDER BY webhook_id LIMIT 1)
      UNION ALL
      SELECT (SELECT webhook_id FROM webhook_delivery WHERE webhook_id > named.id ORDER BY webhook_id LIMIT 1) FROM named WHERE named.id IS NOT NULL
    ), gone AS (DELETE FROM webhook_delivery WHERE id IN (
      SELECT id FROM webhook_delivery WHERE webhook_id = (SELECT id FROM named WHERE id NOT IN (SELECT id FROM webhook) LIMIT 1) LIMIT ${BATCH}
      FOR UPDATE SKIP LOCKED) RETURNING 1)
    SELECT count(*)::float8 AS n FROM gone`,
};

/** Deletes a batch of what deleted webhooks were sent. @returns whether there may be more */
async function deleteOrphans(db: Queryable): Promise<boolean> {
  const [gone] = await db.query<{ n: number }>(ORPHANS);
  return (gone?.n ?? 0) > 0;
}

const EVERY_MS = 3_600_000;

export interface TidyOptions {
  database: Database;
  clock: Clock;
  log: Log;
  turns: Turns;
  isStopped(): boolean;
}

/** Deletes old deliveries where others are made, and those of deleted webhooks. Nothing waits for it. */
export class Tidy {
  readonly #o: TidyOptions;
  readonly #doneMs = new Map<string, number>();

  constructor(options: TidyOptions) {
    this.#o = options;
  }

  /** Of webhooks that are gone. */
  orphans(): Promise<void> {
    return this.#inBatches(() => deleteOrphans(this.#o.database));
  }

  /** Of one webhook, once an hour. */
  async old(id: string): Promise<void> {
    const nowMs = this.#o.clock.monoMs();
    if (nowMs - (this.#doneMs.get(id) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
    this.#doneMs.set(id, nowMs);
    await this.#inBatches(() => deleteOld(this.#o.database, id));
  }

  /** @param batch tells whether there may be more */
  async #inBatches(batch: () => Promise<boolean>): Promise<void> {
    const { isStopped, turns, clock, log } = this.#o;
    try {
      while (!isStopped() && (await turns.take(batch))) await clock.sleep(0);
    } catch (error) {
      log.debug({ event: 'webhook_retry', error: messageOf(error) });
    }
  }
}
