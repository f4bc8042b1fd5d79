import type { Webhook } from '../db/entities/webhook.ts';
import { type EventType, idOf } from '../domain/event.ts';
import { iso, isoOrNull } from '../domain/iso.ts';
import type { Delivery } from '../webhooks/deliveries.ts';
import type { DeliveryJson, WebhookJson } from './schema/output-webhook.ts';

export function presentWebhook(webhook: Webhook): WebhookJson {
  const { readTo, readN, replayTo, replayN } = webhook;
  return {
    id: webhook.id,
    url: webhook.url,
    description: webhook.description ?? null,
    types: (webhook.types ?? null) as EventType[] | null,
    assignment_id: webhook.assignmentId ?? null,
    stage_id: webhook.stageId ?? null,
    state: webhook.state,
    state_reason: webhook.stateReason ?? null,
    state_since: iso(webhook.stateSinceMs),
    read_to: idOf({ number: readTo, n: readN }),
    replay_to: replayTo === null ? null : idOf({ number: replayTo, n: replayN ?? 0 }),
    failing_since: isoOrNull(webhook.failingSinceMs),
    previous_secret_until: isoOrNull(webhook.previousUntilMs),
    version: webhook.version,
    created_at: iso(webhook.createdMs),
    updated_at: iso(webhook.updatedMs),
  };
}

export function presentDelivery(delivery: Delivery): DeliveryJson {
  return {
    id: delivery.id,
    event_id: idOf(delivery.place),
    type: delivery.type,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: delivery.state === 'pending' ? isoOrNull(delivery.nextAttemptMs) : null,
    last_status: delivery.status,
    last_answer: delivery.answer,
    last_error: delivery.error,
    last_took_ms: delivery.tookMs,
    log: delivery.log,
    created_at: iso(delivery.createdMs),
    done_at: isoOrNull(delivery.doneMs),
  };
}
