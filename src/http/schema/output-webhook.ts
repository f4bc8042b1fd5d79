import { z } from 'zod';
import { WEBHOOK_STATES } from '../../db/entities/webhook.ts';
import { DELIVERY_STATES } from '../../db/entities/webhook-delivery.ts';
import { EVENT_TYPES } from '../../domain/event.ts';
import { shownId, shownInstant } from './output.ts';

/** What is shown of webhooks and their deliveries. */

const eventId = z.string().regex(/^\d{19}(-\d{10})?$/);

const fields = {
  id: shownId,
  url: z.string(),
  description: z.string().nullable(),
  types: z.array(z.enum(EVENT_TYPES)).nullable().meta({ description: 'Only events of these types; null: all.' }),
  assignment_id: shownId.nullable(),
  stage_id: shownId.nullable(),
  state: z.enum(WEBHOOK_STATES).meta({
    description: 'disabled: the endpoint answered 410, or failed for days. PATCH with active begins again.',
  }),
  state_reason: z.string().nullable().meta({ description: 'Why it is disabled.' }),
  state_since: shownInstant,
  read_to: eventId.meta({ description: 'It has taken every event up to here: what is behind is still to come.' }),
  replay_to: eventId.nullable().meta({ description: 'During a replay of a part: its end.' }),
  failing_since: shownInstant
    .nullable()
    .meta({ description: 'When the endpoint last began to fail; null: it does not.' }),
  previous_secret_until: shownInstant
    .nullable()
    .meta({ description: 'Until when the secret of before signs as well.' }),
  version: z.int().meta({ description: 'Raised by each edit. It is the ETag, without the quotes.' }),
  created_at: shownInstant,
  updated_at: shownInstant,
};

export const webhook = z.strictObject(fields).meta({ id: 'Webhook' });

export const webhookWithSecret = z
  .strictObject({
    ...fields,
    secret: z
      .string()
      .regex(/^whsec_/)
      .nullable()
      .meta({
        description: 'For verifying signatures. Shown once. null: this is the answer to a request that was sent again.',
      }),
  })
  .meta({ id: 'WebhookWithSecret' });

const attempt = {
  at: shownInstant,
  status: z.int().nullable().meta({ description: 'Of the answer; null: there was none.' }),
  error: z.string().nullable().meta({ description: 'What went wrong, and how to mend it; null: nothing.' }),
  took_ms: z.number(),
};

export const delivery = z
  .strictObject({
    id: shownId,
    event_id: eventId.meta({ description: 'It is the webhook-id too, the same at every attempt.' }),
    type: z.string(),
    state: z.enum(DELIVERY_STATES).meta({ description: 'failed: it was given up, and can be sent again by hand.' }),
    attempts: z.int(),
    next_attempt_at: shownInstant.nullable().meta({ description: 'Not before this.' }),
    last_status: z.int().nullable(),
    last_answer: z.string().nullable().meta({ description: 'How the body of the last answer began.' }),
    last_error: z.string().nullable(),
    last_took_ms: z.number().nullable(),
    log: z.array(z.strictObject(attempt)).meta({ description: 'The latest attempts, oldest first.' }),
    created_at: shownInstant,
    done_at: shownInstant.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export const testOutcome = z
  .strictObject({
    delivered: z.boolean().meta({ description: 'It answered with a status from 200 to 299.' }),
    status: attempt.status,
    answer: z.string().meta({ description: 'How the body of its answer began.' }),
    error: attempt.error,
    took_ms: z.number(),
  })
  .meta({ id: 'WebhookTest' });

export type WebhookJson = z.output<typeof webhook>;
export type DeliveryJson = z.output<typeof delivery>;
