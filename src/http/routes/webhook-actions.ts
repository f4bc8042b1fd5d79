import { NotFoundError } from '../../base/errors.ts';
import { Webhook } from '../../db/entities/webhook.ts';
import { readPruned } from '../../db/read/events.ts';
import { lastNumberBefore } from '../../db/read/place-at.ts';
import type { Reader } from '../../db/read/stages.ts';
import { before, endOf, type Place } from '../../domain/event.ts';
import { readSettledPage } from '../../events/read-page.ts';
import { Settled } from '../../events/settled.ts';
import { rotateSecret } from '../../webhooks/edit-webhook.ts';
import { replay } from '../../webhooks/replay.ts';
import { etagOf, ifMatchOf } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { presentWebhook } from '../present-webhook.ts';
import { route } from '../route.ts';
import { byId } from '../schema/asked.ts';
import { testOutcome, webhookWithSecret } from '../schema/output-webhook.ts';
import { type Point, replayRange, rotation } from '../schema/webhook.ts';
import { readerOf, writerOf } from '../writer.ts';
import { answerWebhook, WEBHOOK } from './webhooks.ts';

export const webhookActionRoutes = (options: HttpOptions) => {
  const { database } = options;
  /** The last place before an instant. */
  async function placeBefore(em: Reader, ms: number): Promise<Place> {
    const pruned = await readPruned(em);
    return endOf(await lastNumberBefore(em, ms, pruned.number, await new Settled(() => em).read()));
  }

  const afterOf = async (em: Reader, from: Point): Promise<Place> =>
    'ms' in from ? placeBefore(em, from.ms) : before(from.place);
  const lastOf = async (em: Reader, to: Point): Promise<Place> => ('ms' in to ? placeBefore(em, to.ms + 1) : to.place);

  return [
    route({
      method: 'post',
      path: '/v1/webhooks/:id/test',
      operation: 'testWebhook',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Send an event of the type webhook.test now, and tell what the endpoint answered; it is not in the log',
      params: byId,
      responses: { 200: { description: 'What came of it.', body: testOutcome } },
      async handle({ params }) {
        const found = await database.em().findOne(Webhook, params.id);
        if (found === null) throw new NotFoundError('webhook', params.id);
        const { status, answer, error, tookMs } = await options.webhooks.test(found);
        return { status: 200, body: { delivered: error === null, status, answer, error, took_ms: tookMs } };
      },
    }),
    route({
      method: 'post',
      path: '/v1/webhooks/:id/rotate-secret',
      operation: 'rotateWebhookSecret',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Give a webhook a new secret, shown once; for a while the one before signs as well',
      params: byId,
      hasVersion: true,
      body: rotation,
      isOneTransaction: true,
      secret: 'secret',
      mayLackBody: true,
      responses: {
        200: { description: 'The webhook, with its new secret.', body: webhookWithSecret, headers: ['ETag'] },
      },
      async handle({ ctx, caller, params, body }) {
        const writer = writerOf(options, caller, undefined);
        const rotated = await rotateSecret(writer, params.id, body.overlap_seconds * 1000, ifMatchOf(ctx));
        const shown = { ...presentWebhook(rotated), secret: rotated.secret };
        return { status: 200, headers: { ETag: etagOf(rotated.version) }, body: shown };
      },
    }),
    route({
      method: 'post',
      path: '/v1/webhooks/:id/replay',
      operation: 'replayWebhook',
      tag: 'Webhooks',
      scope: 'admin',
      summary: 'Deliver events again, from one event or instant on; they have the same ids and bodies as before',
      params: byId,
      body: replayRange,
      isOneTransaction: true,
      responses: { 200: WEBHOOK },
      problems: ['conflict', 'events_pruned', 'events_ahead'],
      async handle({ caller, params, body }) {
        const em = readerOf(options, caller);
        const after = await afterOf(em, body.from);
        // Events that are gone cannot be delivered again.
        await readSettledPage(em, new Settled(() => em), { after, of: {}, types: null, limit: 1 });
        const to = body.to === undefined ? null : await lastOf(em, body.to);
        return answerWebhook(await replay(writerOf(options, caller, undefined), params.id, after, to));
      },
    }),
  ];
};
