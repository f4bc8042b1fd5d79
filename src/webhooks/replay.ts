import { ConflictError } from '../base/errors.ts';
import { transact, type Writer } from '../commands/transact.ts';
import type { Webhook } from '../db/entities/webhook.ts';
import { comparePlaces, idOf, type Place } from '../domain/event.ts';
import { sayChanged } from './changed.ts';
import { lockWebhook, touch } from './locked-webhook.ts';

/** Where a webhook has come to: what is behind it is still to come, by itself. During a replay: where that goes on. */
export const reachedBy = ({ readTo, readN, resumeTo, resumeN }: Webhook): Place =>
  resumeTo === null ? { number: readTo, n: readN } : { number: resumeTo, n: resumeN ?? 0 };

/**
 * Delivers events again: the webhook goes back, and takes them from the record as it did the first time.
 * @param after the place before the first of them
 * @param to the last of them; null: all
 * @throws NotFoundError; ConflictError where nothing of it has been delivered
 */
export function replay(writer: Writer, id: string, after: Place, to: Place | null): Promise<Webhook> {
  return transact(writer, id, async (em) => {
    const locked = await lockWebhook(em, id, null);
    const { webhook } = locked;
    const reached = reachedBy(webhook);
    if (comparePlaces(after, reached) >= 0) {
      throw new ConflictError(`The webhook has come to ${idOf(reached)}: what is behind it is delivered by itself.`);
    }
    const isPart = to !== null && comparePlaces(to, reached) < 0;
    webhook.readTo = after.number;
    webhook.readN = after.n;
    webhook.replayTo = isPart ? to.number : null;
    webhook.replayN = isPart ? to.n : null;
    webhook.resumeTo = isPart ? reached.number : null;
    webhook.resumeN = isPart ? reached.n : null;
    touch(locked);
    await em.flush();
    await sayChanged(em);
    return webhook;
  });
}
