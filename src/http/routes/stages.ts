import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import { addStage } from '../../commands/add-stage.ts';
import { deleteStage } from '../../commands/delete-stage.ts';
import { editStage } from '../../commands/edit-stage.ts';
import { findStage, readStages } from '../../db/read-stages.ts';
import { STATUSES } from '../../domain/stage.ts';
import { writerOf } from '../caller.ts';
import { cursorOf } from '../cursor.ts';
import { ifMatchOf, matchesIfNoneMatch } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentStage } from '../present.ts';
import { type Route, route } from '../route.ts';
import { byId, limit, placeMs, uuid } from '../schema/asked.ts';
import { addedStage, msOf, stagePatch, toNewStage } from '../schema/input.ts';
import { reason } from '../schema/text.ts';
import { answerStage } from './answer-stage.ts';

const place = cursorOf('stages', z.object({ startMs: placeMs.nullable(), id: uuid }));

export const stageRoutes = (options: HttpOptions): Route[] => {
  const { database } = options;
  return [
    route({
      method: 'post',
      path: '/v1/assignments/:id/stages',
      scope: 'write',
      summary: 'Add a stage to an assignment',
      params: byId,
      body: addedStage,
      async handle({ ctx, caller, params, body }) {
        const stage = await addStage(writerOf(options, caller, body.reason), params.id, toNewStage(body));
        ctx.status = 201;
        ctx.set('Location', `/v1/stages/${stage.id}`);
        answerStage(ctx, stage);
      },
    }),
    route({
      method: 'get',
      path: '/v1/stages',
      scope: 'read',
      summary: 'List stages by start_date; those without one come last',
      query: z.strictObject({
        status: z.enum(STATUSES).optional(),
        assignment_id: uuid.optional(),
        limit,
        cursor: place.schema,
      }),
      async handle({ ctx, query }) {
        const { status = null, assignment_id: assignmentId = null, cursor: after } = query;
        const rows = await readStages(database.em(), { status, assignmentId, after, limit: query.limit + 1 });
        ctx.body = pageOf(rows, query.limit, presentStage, ({ startMs, id }) => place.encode({ startMs, id }));
      },
    }),
    route({
      method: 'get',
      path: '/v1/stages/:id',
      scope: 'read',
      summary: 'Read a stage',
      params: byId,
      async handle({ ctx, params }) {
        const stage = await findStage(database, params.id);
        if (stage === null) throw new NotFoundError('stage', params.id);
        answerStage(ctx, stage);
        // effective_status moves without a new version while a transition is on its way: shown, then.
        const isSettled = stage.status === stage.effectiveStatus;
        if (isSettled && matchesIfNoneMatch(ctx.get('If-None-Match'), stage.version)) ctx.status = 304;
      },
    }),
    route({
      method: 'patch',
      path: '/v1/stages/:id',
      scope: 'write',
      summary: 'Change a stage: its status follows from its dates in the same transaction',
      params: byId,
      hasVersion: true,
      body: stagePatch,
      async handle({ ctx, caller, params, body }) {
        const { name, position, start_date, end_date } = body;
        const changes = { name, position, startMs: msOf(start_date), endMs: msOf(end_date) };
        answerStage(ctx, await editStage(writerOf(options, caller, body.reason), params.id, changes, ifMatchOf(ctx)));
      },
    }),
    route({
      method: 'delete',
      path: '/v1/stages/:id',
      scope: 'write',
      summary: 'Delete a stage; its transitions stay on the record',
      params: byId,
      hasVersion: true,
      query: z.strictObject({ reason: reason.optional() }),
      async handle({ ctx, caller, params, query }) {
        await deleteStage(writerOf(options, caller, query.reason), params.id, ifMatchOf(ctx));
        ctx.status = 204;
      },
    }),
  ];
};
