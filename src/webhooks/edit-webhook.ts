import { isDeepStrictEqual } from 'node:util';
import { ConflictError } from '../base/errors.ts';
import type { Expected } from '../commands/precondition.ts';
import { transact, type Writer } from '../commands/transact.ts';
import { Webhook } from '../db/entities/webhook.ts';
import type { EventType, Place } from '../domain/event.ts';
import { sayChanged } from './changed.ts';
import { type LockedWebhook, lockWebhook, touch } from './locked-webhook.ts';
import { newSecret } from './secrets.ts';

/** What may be edited; undefined = leave as it is. */
export interface WebhookChanges {
  url?: string | undefined;
  description?: string | null | undefined;
  /** null: all. */
  types?: EventType[] | null | undefined;
  assignmentId?: string | null | undefined;
  stageId?: string | null | undefined;
  state?: 'active' | 'paused' | undefined;
}

export interface NewWebhook extends WebhookChanges {
  url: string;
  /** It gets what comes behind. */
  after: Place;
}

/** Each reads the record and delivers by itself, so their number is bounded. */
const MOST_WEBHOOKS = 200;

/** @throws ConflictError where there are too many */
export function createWebhook(writer: Writer, wanted: NewWebhook): Promise<Webhook> {
  return transact(writer, null, async (em) => {
    if ((await em.count(Webhook)) >= MOST_WEBHOOKS) {
      throw new ConflictError(`There are ${MOST_WEBHOOKS} webhooks already: delete those that nobody needs.`);
    }
    const { url, description = null, types = null, assignmentId = null, stageId = null, state, after } = wanted;
    const webhook = em.create(Webhook, {
      ...{ url, description, types, assignmentId, stageId, state: state ?? 'active', secret: newSecret() },
      ...{ readTo: after.number, readN: after.n },
    });
    await em.flush();
    await em.refresh(webhook);
    await sayChanged(em);
    return webhook;
  });
}

/** @throws NotFoundError, StaleVersionError */
export function editWebhook(writer: Writer, id: string, changes: WebhookChanges, expected: Expected): Promise<Webhook> {
  return transact(writer, id, async (em) => {
    const locked = await lockWebhook(em, id, expected);
    const { webhook } = locked;
    const before = fieldsOf(webhook);
    em.assign(webhook, changes, { ignoreUndefined: true });
    if (!isDeepStrictEqual(before, fieldsOf(webhook))) {
      if (webhook.state !== before.state) enter(locked, null);
      if (webhook.state !== before.state || webhook.url !== before.url) forgive(webhook);
      touch(locked);
      await em.flush();
      await sayChanged(em);
    }
    return webhook;
  });
}

const fieldsOf = ({ url, description, types, assignmentId, stageId, state }: Webhook) => ({
  ...{ url, description, types: types === null ? null : [...types], assignmentId, stageId, state },
});

/** It is in another state from now on. */
function enter({ webhook, nowMs }: LockedWebhook, reason: string | null): void {
  webhook.stateReason = reason;
  webhook.stateSinceMs = nowMs;
}

/** What the endpoint did before no longer counts: it is tried at once. */
function forgive(webhook: Webhook): void {
  webhook.failures = 0;
  webhook.failingSinceMs = null;
  webhook.retryMs = null;
}

/** @throws NotFoundError, StaleVersionError */
export function deleteWebhook(writer: Writer, id: string, expected: Expected): Promise<void> {
  return transact(writer, id, async (em) => {
    const { webhook } = await lockWebhook(em, id, expected);
    em.remove(webhook);
    await em.flush();
    await sayChanged(em);
  });
}

/**
 * Gives it a new secret. The one before signs as well for a while, so that the receiver can change over.
 * @throws NotFoundError, StaleVersionError
 */
export function rotateSecret(writer: Writer, id: string, overlapMs: number, expected: Expected): Promise<Webhook> {
  return transact(writer, id, async (em) => {
    const locked = await lockWebhook(em, id, expected);
    const { webhook, nowMs } = locked;
    webhook.previousSecret = overlapMs === 0 ? null : webhook.secret;
    webhook.previousUntilMs = overlapMs === 0 ? null : nowMs + overlapMs;
    webhook.secret = newSecret();
    touch(locked);
    await em.flush();
    await sayChanged(em);
    return webhook;
  });
}
