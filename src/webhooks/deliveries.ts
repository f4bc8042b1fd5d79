import { ConflictError, NotFoundError } from '../base/errors.ts';
import { transact, type Writer } from '../commands/transact.ts';
import type { DeliveryState } from '../db/entities/webhook-delivery.ts';
import { msOf, type Reader } from '../db/read/stages.ts';
import { all, condition } from '../db/read/where.ts';
import type { Place } from '../domain/event.ts';
import { sayChanged } from './changed.ts';

/** One attempt, as its log keeps it. */
export interface LoggedAttempt {
  at: string;
  status: number | null;
  error: string | null;
  took_ms: number;
}

/** One event for one webhook, and how it went. Instants are epoch milliseconds. */
export interface Delivery {
  id: string;
  place: Place;
  type: string;
  state: DeliveryState;
  attempts: number;
  nextAttemptMs: number | null;
  status: number | null;
  answer: string | null;
  error: string | null;
  tookMs: number | null;
  log: LoggedAttempt[];
  createdMs: number;
  doneMs: number | null;
}

const COLUMNS = `id, json_build_object('number', number::text, 'n', n) AS place, type, state, attempts,
  ${msOf('next_attempt_at')} AS "nextAttemptMs", status, answer, error, took_ms AS "tookMs", log,
  ${msOf('created_at')} AS "createdMs", ${msOf('done_at')} AS "doneMs"`;

export interface DeliveryQuery {
  webhookId: string;
  state: DeliveryState | null;
  /** Of one event. */
  event: Place | null;
  before: Place | null;
  limit: number;
}

/** Latest events first. */
export function readDeliveries(
  em: Reader,
  { webhookId, state, event, before, limit }: DeliveryQuery,
): Promise<Delivery[]> {
  const where = all([
    condition('webhook_id = ?', webhookId),
    // Spelt out, because the planner must see that the small index has them all.
    ...(state === null ? [] : [condition(`state = '${state}'`)]),
    ...(event === null ? [] : [condition('(number, n) = (?::bigint, ?)', event.number, event.n)]),
    ...(before === null ? [] : [condition('(number, n) < (?::bigint, ?)', before.number, before.n)]),
  ]);
  return em.execute<Delivery[]>(
    `SELECT ${COLUMNS} FROM webhook_delivery WHERE ${where.sql} ORDER BY number DESC, n DESC LIMIT ?`,
    [...where.values, limit],
  );
}

const RETRY = `UPDATE webhook_delivery SET state = 'pending', next_attempt_at = clock_timestamp(), done_at = NULL,
    first_attempt_at = CASE WHEN state = 'failed' THEN NULL ELSE first_attempt_at END
  WHERE id = ? AND state <> 'succeeded' RETURNING ${COLUMNS}`;

/**
 * Sends it again as soon as it can be: one that was given up gets all its tries again.
 * @throws NotFoundError; ConflictError where it was delivered
 */
export function retryDelivery(writer: Writer, webhookId: string, id: string): Promise<Delivery> {
  return transact(writer, id, async (em) => {
    const [known] = await em.execute<{ state: DeliveryState }[]>(
      'SELECT state FROM webhook_delivery WHERE id = ? AND webhook_id = ?',
      [id, webhookId],
    );
    if (known === undefined) throw new NotFoundError('delivery', id);
    const [retried] = await em.execute<Delivery[]>(RETRY, [id]);
    if (retried === undefined) {
      throw new ConflictError('It was delivered: POST .../replay with this event as from and to sends it again.');
    }
    // An endpoint that is left alone for now is tried all the same.
    await em.execute('UPDATE webhook SET retry_at = NULL WHERE id = ?', [webhookId]);
    await sayChanged(em);
    return retried;
  });
}
