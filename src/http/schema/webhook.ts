import { z } from 'zod';
import { EVENT_TYPES, LATEST, type Place, placeOfId } from '../../domain/event.ts';
import type { WebhookChanges } from '../../webhooks/edit-webhook.ts';
import { MOST_OF_URL } from '../../webhooks/url-fault.ts';
import { uuid } from './asked.ts';
import { afterEvent } from './event-id.ts';
import { parseInstant } from './instant.ts';
import { faultOf } from './text.ts';

/** What is asked of webhooks. */

const MOST_OF_DESCRIPTION = 500;

const url = z.string().meta({
  override: { type: 'string', format: 'uri', maxLength: MOST_OF_URL },
  description: 'https, with a public address. An operator can allow others (WEBHOOK_ALLOW), and http to these.',
});

const description = z
  .string()
  .superRefine((text, context) => {
    const fault = text === '' ? null : faultOf(text, MOST_OF_DESCRIPTION);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({ override: { type: 'string', maxLength: MOST_OF_DESCRIPTION }, description: 'For people.' })
  .nullable();

const types = z
  .array(z.enum(EVENT_TYPES))
  .min(1)
  .refine((all) => new Set(all).size === all.length, 'has a type twice')
  .meta({ override: { uniqueItems: true } })
  .nullable()
  .meta({ description: 'Only events of these types; null: all.' });

const fields = {
  description: description.optional(),
  types: types.optional(),
  assignment_id: uuid.nullable().optional().meta({ description: 'Only of this assignment and its stages.' }),
  stage_id: uuid.nullable().optional().meta({ description: 'Only of this stage.' }),
  state: z
    .enum(['active', 'paused'])
    .optional()
    .meta({ description: 'A paused one keeps its place: nothing is lost.' }),
};

export const newWebhook = z
  .strictObject({
    url,
    ...fields,
    after: afterEvent.meta({
      description:
        'The event behind which it begins, 0 for the beginning, or latest, the default: what comes from now on.',
    }),
  })
  .meta({ id: 'NewWebhook' });

export const webhookPatch = z.strictObject({ url: url.optional(), ...fields }).meta({ id: 'WebhookPatch' });

export function toWebhookChanges(body: z.output<typeof webhookPatch>): WebhookChanges {
  const { url, description, types, assignment_id: assignmentId, stage_id: stageId, state } = body;
  return { url: url === undefined ? undefined : new URL(url).href, description, types, assignmentId, stageId, state };
}

export const beginOf = ({ after }: z.output<typeof newWebhook>): Place => after ?? LATEST;

const MOST_OVERLAP = 7 * 86_400;
export const rotation = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(MOST_OVERLAP)
      .prefault(86_400)
      .meta({ description: 'For how long the secret of before signs as well.' }),
  })
  .meta({ id: 'SecretRotation' });

/** An event, or a time. */
export type Point = { place: Place } | { ms: number };

const point = z.string().transform((text, context): Point => {
  const place = placeOfId(text);
  if (place !== null) return { place };
  const ms = parseInstant(text);
  if (typeof ms === 'number') return { ms };
  context.addIssue({ code: 'custom', message: `must be the id of an event, or an instant: ${ms}` });
  return z.NEVER;
});
const POINT = { override: { type: 'string', minLength: 1, maxLength: 80 } } as const;

export const replayRange = z
  .strictObject({
    from: point.meta({ ...POINT, description: 'The first event: its id, or those from this instant on.' }),
    to: point
      .meta({ ...POINT, description: 'The last one, in the same way. Without it: all that come behind.' })
      .optional(),
  })
  .meta({ id: 'Replay' });
