import { z } from 'zod';
import { NotFoundError, ValidationError } from '../../base/errors.ts';
import { Webhook } from '../../db/entities/webhook.ts';
import type { Reader } from '../../db/read/stages.ts';
import { LATEST, type Place } from '../../domain/event.ts';
import { readSettledPage } from '../../events/read-page.ts';
import { Settled } from '../../events/settled.ts';
import { createWebhook, deleteWebhook, editWebhook } from '../../webhooks/edit-webhook.ts';
import { urlFault } from '../../webhooks/url-fault.ts';
import { cursorOf } from '../cursor.ts';
import { etagOf, ifMatchOf } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentWebhook } from '../present-webhook.ts';
import { route } from '../route.ts';
import { byId, limit, uuid } from '../schema/asked.ts';
import { pageOf as pageSchema } from '../schema/output.ts';
import { webhook, webhookWithSecret } from '../schema/output-webhook.ts';
import { beginOf, newWebhook, toWebhookChanges, webhookPatch } from '../schema/webhook.ts';
import { readerOf, writerOf } from '../writer.ts';
import { KNOWN } from './known.ts';
import { DELETED, NO_CONTENT } from './no-content.ts';

export const WEBHOOK = { description: 'The webhook as it is now.', body: webhook, headers: ['ETag'] } as const;
export const answerWebhook = (shown: Webhook) => ({
  status: 200 as const,
  headers: { ETag: etagOf(shown.version) },
  body: presentWebhook(shown),
});

const sortKey = cursorOf('webhooks', z.object({ id: uuid }));

/** All of them need the scope admin, also to read: a URL often holds a secret. */
export const webhookRoutes = (options: HttpOptions) => {
  const { database, webhooks } = options;

  /** @throws ValidationError */
  function checkUrl(url: string | undefined): void {
    const fault = url === undefined ? null : urlFault(url, webhooks.policy);
    if (fault !== null) throw new ValidationError([{ pointer: '/url', detail: fault }]);
  }

  /** The place itself, or the end of the record. @throws LostPlaceError */
  async function begin(em: Reader, after: Place): Promise<Place> {
    const page = await readSettledPage(em, new Settled(() => em), { after, of: {}, types: null, limit: 1 });
    return after === LATEST ? page.readTo : after;
  }

  return [
    route({
      method: 'post',
      path: '/v1/webhooks',
      operation: 'createWebhook',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Have events delivered to an endpoint; the answer shows the secret, once',
      body: newWebhook,
      isOneTransaction: true,
      secret: 'secret',
      responses: {
        201: { description: 'The webhook, with its secret.', body: webhookWithSecret, headers: ['Location', 'ETag'] },
      },
      problems: ['conflict', 'events_pruned', 'events_ahead'],
      async handle({ caller, body }) {
        checkUrl(body.url);
        const wanted = {
          ...toWebhookChanges(body),
          url: new URL(body.url).href,
          after: await begin(readerOf(options, caller), beginOf(body)),
        };
        const made = await createWebhook(writerOf(options, caller, undefined), wanted);
        const headers = { Location: `/v1/webhooks/${made.id}`, ETag: etagOf(made.version) };
        return { status: 201, headers, body: { ...presentWebhook(made), secret: made.secret } };
      },
    }),
    route({
      method: 'get',
      path: '/v1/webhooks',
      operation: 'listWebhooks',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'List webhooks, oldest first',
      query: z.strictObject({ limit, cursor: sortKey.schema }),
      responses: { 200: { description: 'A page of webhooks.', body: pageSchema(webhook, 'WebhookPage') }, 304: KNOWN },
      async handle({ query }) {
        const where = query.cursor === null ? {} : { id: { $gt: query.cursor.id } };
        const rows = await database.em().find(Webhook, where, { orderBy: { id: 'asc' }, limit: query.limit + 1 });
        return { status: 200, body: pageOf(rows, query.limit, presentWebhook, ({ id }) => sortKey.encode({ id })) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/webhooks/:id',
      operation: 'getWebhook',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Read a webhook, without its secret',
      params: byId,
      responses: { 200: WEBHOOK },
      async handle({ params }) {
        const found = await database.em().findOne(Webhook, params.id);
        if (found === null) throw new NotFoundError('webhook', params.id);
        return answerWebhook(found);
      },
    }),
    route({
      method: 'patch',
      path: '/v1/webhooks/:id',
      operation: 'editWebhook',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Change a webhook, pause it, or let it go on: state active also enables one that was disabled',
      params: byId,
      hasVersion: true,
      body: webhookPatch,
      responses: { 200: WEBHOOK },
      async handle({ ctx, caller, params, body }) {
        checkUrl(body.url);
        const writer = writerOf(options, caller, undefined);
        return answerWebhook(await editWebhook(writer, params.id, toWebhookChanges(body), ifMatchOf(ctx)));
      },
    }),
    route({
      method: 'delete',
      path: '/v1/webhooks/:id',
      operation: 'deleteWebhook',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Delete a webhook, with the log of its deliveries',
      params: byId,
      hasVersion: true,
      responses: { 204: DELETED },
      async handle({ ctx, caller, params }) {
        await deleteWebhook(writerOf(options, caller, undefined), params.id, ifMatchOf(ctx));
        // There may be millions of deliveries.
        void webhooks.tidy();
        return NO_CONTENT;
      },
    }),
  ];
};
