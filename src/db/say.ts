import type { Queryable } from './database.ts';
import { CHANNEL, FULL_QUEUE } from './names.ts';

// Nothing is said when the notification queue is full: it would fail.
const SAY = { name: 'say', text: `SELECT pg_notify(${CHANNEL}, $1) WHERE notify_queue_usage() < ${FULL_QUEUE}` };

/** Says something on the deployment's channel (message.ts), as a transaction of its own. */
export async function say(db: Queryable, payload: string): Promise<void> {
  await db.query(SAY, [payload]);
}

/** The same within a transaction: it is heard once that commits. */
export async function sayWithin(
  em: { execute(sql: string, values: unknown[]): Promise<unknown> },
  payload: string,
): Promise<void> {
  await em.execute(SAY.text.replace('$1', '?'), [payload]);
}
