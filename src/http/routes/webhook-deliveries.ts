import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import { Webhook } from '../../db/entities/webhook.ts';
import { DELIVERY_STATES } from '../../db/entities/webhook-delivery.ts';
import { type Delivery, readDeliveries, retryDelivery } from '../../webhooks/deliveries.ts';
import { cursorOf } from '../cursor.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentDelivery } from '../present-webhook.ts';
import { route } from '../route.ts';
import { byId, limit, uuid } from '../schema/asked.ts';
import { eventId } from '../schema/event-id.ts';
import { pageOf as pageSchema } from '../schema/output.ts';
import { delivery } from '../schema/output-webhook.ts';
import { writerOf } from '../writer.ts';
import { KNOWN } from './known.ts';

const sortKey = cursorOf(
  'deliveries',
  z.object({ place: z.object({ number: z.string().regex(/^\d{1,19}$/), n: z.int() }) }),
);
const byBoth = z.object({ id: byId.shape.id, delivery_id: uuid.meta({ description: 'As in answers.' }) });

export const webhookDeliveryRoutes = (options: HttpOptions) => {
  const { database } = options;
  return [
    route({
      method: 'get',
      path: '/v1/webhooks/:id/deliveries',
      operation: 'listWebhookDeliveries',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'How each event went, latest first; kept for 30 days',
      params: byId,
      query: z.strictObject({
        state: z.enum(DELIVERY_STATES).optional().meta({ description: 'Only those in this state.' }),
        event: eventId.meta({ description: 'Only that of this event.' }),
        limit,
        cursor: sortKey.schema,
      }),
      responses: {
        200: { description: 'A page of deliveries.', body: pageSchema(delivery, 'WebhookDeliveryPage') },
        304: KNOWN,
      },
      async handle({ params, query }) {
        const { limit, event, cursor, state = null } = query;
        const before = cursor?.place ?? null;
        const rows = await readDeliveries(database.em(), {
          ...{ webhookId: params.id, state, event, before, limit: limit + 1 },
        });
        if (rows.length === 0 && (await database.em().count(Webhook, params.id)) === 0) {
          throw new NotFoundError('webhook', params.id);
        }
        const keyOf = ({ place }: Delivery) => sortKey.encode({ place });
        return { status: 200, body: pageOf(rows, limit, presentDelivery, keyOf) };
      },
    }),
    route({
      method: 'post',
      path: '/v1/webhooks/:id/deliveries/:delivery_id/retry',
      operation: 'retryWebhookDelivery',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Send one again now, also one that was given up',
      params: byBoth,
      isOneTransaction: true,
      responses: { 200: { description: 'The delivery, as it waits to be sent.', body: delivery } },
      problems: ['conflict'],
      async handle({ caller, params }) {
        const writer = writerOf(options, caller, undefined);
        return { status: 200, body: presentDelivery(await retryDelivery(writer, params.id, params.delivery_id)) };
      },
    }),
  ];
};
