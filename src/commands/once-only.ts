import type { SqlEntityManager } from '@mikro-orm/sql';
import { StagebellError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { untilDone, type Within } from './transact.ts';

/** A request that its caller may send again, not knowing whether it was done. */
export interface Repeatable {
  /** Keys of different callers never meet. */
  caller: string;
  key: string;
  route: string;
  /** SHA-256 of what is asked for. */
  request: string;
}

/** An answer as it is sent, and sent again. */
export interface KeptAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  answer: string;
}

type Once = KeptAnswer & { isReplayed: boolean };

/** How long a request may be repeated. */
export const KEPT_HOURS = 24;
const IS_OLD = `created_at < clock_timestamp() - interval '${KEPT_HOURS} hours'`;
/** Keeps the locks of requests apart from other people's. */
const LOCK_SEED = 1937006953;

export class IdempotencyKeyReusedError extends StagebellError {
  constructor(route: string) {
    super(
      'idempotency_key_reused',
      422,
      `This Idempotency-Key has been used for another request (${route}): every new request needs a new one.`,
    );
  }
}

export class InFlightError extends StagebellError {
  constructor() {
    super(
      'idempotency_in_flight',
      409,
      'The first request with this Idempotency-Key is still running: ask again in a moment.',
    );
  }
}

/**
 * Does what is asked for, and keeps the answer, in one transaction: both are there after a crash, or neither is. The
 * same once more gets that answer. What fails is not kept, because nothing was done.
 * @param work gets the transaction; everything that it writes belongs to it
 * @throws IdempotencyKeyReusedError, InFlightError, and what `work` throws
 */
export function doOnce(
  database: Database,
  request: Repeatable,
  work: (within: Within) => Promise<KeptAnswer>,
): Promise<Once> {
  return database.edit(null, (lockMs) =>
    untilDone(database, () =>
      database.em().transactional(async (em) => {
        const kept = await claim(em, request);
        if (kept !== null) return { ...kept, isReplayed: true };
        const done = await work({ em, lockMs });
        await keep(em, request, done);
        return { ...done, isReplayed: false };
      }),
    ),
  );
}

/** For work in transactions of its own, which does no harm when it is done twice. */
export async function doAndKeep(
  database: Database,
  request: Repeatable,
  work: () => Promise<KeptAnswer>,
): Promise<Once> {
  const kept = await database.em().transactional((em) => claim(em, request));
  if (kept !== null) return { ...kept, isReplayed: true };
  const done = await work();
  await database.em().transactional((em) => keep(em, request, done));
  return { ...done, isReplayed: false };
}

/** @returns the answer that is kept; null: this one is the first */
async function claim(em: SqlEntityManager, { caller, key, route, request }: Repeatable): Promise<KeptAnswer | null> {
  // Held to the end of the commit: whoever gets it then sees the answer. Nobody waits for it.
  const [lock] = await em.execute<{ is: boolean }[]>('SELECT pg_try_advisory_xact_lock(hashtextextended(?, ?)) AS is', [
    JSON.stringify([caller, key]),
    LOCK_SEED,
  ]);
  if (lock?.is !== true) throw new InFlightError();
  const [kept] = await em.execute<(KeptAnswer & { route: string; request: string })[]>(
    `SELECT route, request, status, headers, answer FROM idempotency WHERE caller = ? AND key = ? AND NOT (${IS_OLD})`,
    [caller, key],
  );
  if (kept === undefined) return null;
  if (kept.route !== route || kept.request !== request) throw new IdempotencyKeyReusedError(kept.route);
  const { status, headers, answer } = kept;
  return { status, headers, answer };
}

async function keep(em: SqlEntityManager, of: Repeatable, { status, headers, answer }: KeptAnswer): Promise<void> {
  const { caller, key, route, request } = of;
  await em.execute(
    `INSERT INTO idempotency (caller, key, route, request, status, headers, answer) VALUES (?, ?, ?, ?, ?, ?::jsonb, ?)
    ON CONFLICT (caller, key) DO UPDATE SET route = excluded.route, request = excluded.request,
      status = excluded.status, headers = excluded.headers, answer = excluded.answer, created_at = excluded.created_at`,
    [caller, key, route, request, status, JSON.stringify(headers), answer],
  );
}

/** Deletes some that are too old to be asked for. @returns how many went, and whether any are left, of any age */
export async function forgetOld(database: Database, most: number): Promise<{ forgotten: number; isAnyLeft: boolean }> {
  const em = database.em();
  const gone = await em.execute<unknown[]>(
    `DELETE FROM idempotency WHERE (caller, key) IN (
      SELECT caller, key FROM idempotency WHERE ${IS_OLD} ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED
    ) RETURNING 1`,
    [most],
  );
  const [left] = await em.execute<{ is: boolean }[]>('SELECT EXISTS (SELECT FROM idempotency) AS is');
  return { forgotten: gone.length, isAnyLeft: left?.is === true };
}
