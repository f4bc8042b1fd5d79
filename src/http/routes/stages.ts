import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import { addStage } from '../../commands/add-stage.ts';
import { deleteStage } from '../../commands/delete-stage.ts';
import { editStage } from '../../commands/edit-stage.ts';
import { findStage, readStages, type StageRow } from '../../db/read-stages.ts';
import { STATUSES } from '../../domain/stage.ts';
import { writerOf } from '../caller.ts';
import { cursorOf } from '../cursor.ts';
import { ifMatchOf, matchesIfNoneMatch } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentStage } from '../present.ts';
import { route } from '../route.ts';
import { byId, limit, placeMs, uuid } from '../schema/asked.ts';
import { addedStage, msOf, stagePatch, toNewStage } from '../schema/input.ts';
import { pageOf as pageSchema, stage } from '../schema/output.ts';
import { reason } from '../schema/text.ts';
import { answerStage, STAGE } from './answer-stage.ts';
import { DELETED, NO_CONTENT } from './no-content.ts';

const place = cursorOf('stages', z.object({ startMs: placeMs.nullable(), id: uuid }));

export const stageRoutes = (options: HttpOptions) => {
  const { database } = options;
  return [
    route({
      method: 'post',
      path: '/v1/assignments/:id/stages',
      operation: 'addStage',
      tag: 'Stages',
      scope: 'write',
      summary: 'Add a stage to an assignment',
      params: byId,
      body: addedStage,
      responses: { 201: { ...STAGE, description: 'It is there.', headers: ['Location', 'ETag'] } },
      problems: ['conflict'],
      async handle({ caller, params, body }) {
        const added = await addStage(writerOf(options, caller, body.reason), params.id, toNewStage(body));
        const { headers, body: shown } = answerStage(added);
        return { status: 201, headers: { ...headers, Location: `/v1/stages/${added.id}` }, body: shown };
      },
    }),
    route({
      method: 'get',
      path: '/v1/stages',
      operation: 'listStages',
      tag: 'Stages',
      scope: 'read',
      summary: 'List stages by start_date; those without one come last',
      query: z.strictObject({
        status: z.enum(STATUSES).optional().meta({ description: 'Only those with this recorded status.' }),
        assignment_id: uuid.optional().meta({ description: 'Only those of this assignment.' }),
        limit,
        cursor: place.schema,
      }),
      responses: { 200: { description: 'A page of stages.', body: pageSchema(stage, 'StagePage') } },
      async handle({ query }) {
        const { status = null, assignment_id: assignmentId = null, cursor: after } = query;
        const rows = await readStages(database.em(), { status, assignmentId, after, limit: query.limit + 1 });
        const placeOf = ({ startMs, id }: StageRow) => place.encode({ startMs, id });
        return { status: 200, body: pageOf(rows, query.limit, presentStage, placeOf) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/stages/:id',
      operation: 'getStage',
      tag: 'Stages',
      scope: 'read',
      summary: 'Read a stage',
      params: byId,
      responses: { 200: STAGE, 304: { description: 'It is still as If-None-Match has it.', headers: ['ETag'] } },
      async handle({ ctx, params }) {
        const found = await findStage(database, params.id);
        if (found === null) throw new NotFoundError('stage', params.id);
        const answer = answerStage(found);
        // effective_status moves without a new version while a transition is on its way: shown, then.
        const isSettled = found.status === found.effectiveStatus;
        const isKnown = isSettled && matchesIfNoneMatch(ctx.get('If-None-Match'), found.version);
        return isKnown ? { status: 304, headers: answer.headers } : answer;
      },
    }),
    route({
      method: 'patch',
      path: '/v1/stages/:id',
      operation: 'editStage',
      tag: 'Stages',
      scope: 'write',
      summary: 'Change a stage: its status follows from its dates in the same transaction',
      params: byId,
      hasVersion: true,
      body: stagePatch,
      responses: { 200: STAGE },
      problems: ['conflict'],
      async handle({ ctx, caller, params, body }) {
        const { name, position, start_date, end_date } = body;
        const changes = { name, position, startMs: msOf(start_date), endMs: msOf(end_date) };
        const writer = writerOf(options, caller, body.reason);
        return answerStage(await editStage(writer, params.id, changes, ifMatchOf(ctx)));
      },
    }),
    route({
      method: 'delete',
      path: '/v1/stages/:id',
      operation: 'deleteStage',
      tag: 'Stages',
      scope: 'write',
      summary: 'Delete a stage; its transitions stay on the record',
      params: byId,
      hasVersion: true,
      query: z.strictObject({ reason: reason.optional() }),
      responses: { 204: DELETED },
      problems: ['conflict'],
      async handle({ ctx, caller, params, query }) {
        await deleteStage(writerOf(options, caller, query.reason), params.id, ifMatchOf(ctx));
        return NO_CONTENT;
      },
    }),
  ];
};
