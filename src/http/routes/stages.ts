import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import { addStage } from '../../commands/add-stage.ts';
import { deleteStage } from '../../commands/delete-stage.ts';
import { editStage } from '../../commands/edit-stage.ts';
import { type ListedStage, readStages } from '../../db/read/list-stages.ts';
import { findStage } from '../../db/read/stages.ts';
import { ifMatchOf, matchesIfNoneMatch } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentStage } from '../present.ts';
import { route } from '../route.ts';
import { byId } from '../schema/asked.ts';
import { addedStage, stagePatch, toNewStage, toStageChanges } from '../schema/input.ts';
import { pageOf as pageSchema, stage } from '../schema/output.ts';
import { stageCursor, stageQuery, toStageQuery } from '../schema/stage-query.ts';
import { reason } from '../schema/text.ts';
import { writerOf } from '../writer.ts';
import { answerStage, STAGE } from './answer-stage.ts';
import { KNOWN } from './known.ts';
import { DELETED, NO_CONTENT } from './no-content.ts';

export const stageRoutes = (options: HttpOptions) => {
  const { database } = options;
  return [
    route({
      method: 'post',
      path: '/v1/assignments/:id/stages',
      operation: 'addStage',
      isOneTransaction: true,
      tag: 'Stages',
      scope: 'write',
      summary: 'Add a stage to an assignment',
      params: byId,
      body: addedStage,
      responses: { 201: { ...STAGE, description: 'The stage, as it was added.', headers: ['Location', 'ETag'] } },
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
      summary: 'List stages by start_date, end_date or update; those without such a date come last',
      query: stageQuery,
      responses: { 200: { description: 'A page of stages.', body: pageSchema(stage, 'StagePage') }, 304: KNOWN },
      async handle({ query }) {
        const wanted = toStageQuery(query);
        const rows = await readStages(database.em(), { ...wanted, limit: wanted.limit + 1 });
        const cursorFor = (last: ListedStage) => stageCursor(query.order, last);
        return { status: 200, body: pageOf(rows, wanted.limit, presentStage, cursorFor) };
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
      responses: {
        200: STAGE,
        304: { description: 'It has not changed since the ETag in If-None-Match.', headers: ['ETag'] },
      },
      async handle({ ctx, params }) {
        const found = await findStage(database, params.id);
        if (found === null) throw new NotFoundError('stage', params.id);
        const answer = answerStage(found);
        // While a transition is being applied, effective_status changes without a new version: then it is sent in full.
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
        const writer = writerOf(options, caller, body.reason);
        return answerStage(await editStage(writer, params.id, toStageChanges(body), ifMatchOf(ctx)));
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
