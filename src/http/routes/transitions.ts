import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import { findStage } from '../../db/read/stages.ts';
import { readTransitions } from '../../db/read/transitions.ts';
import { STATUSES } from '../../domain/stage.ts';
import { presentTransition, presentTransitionId } from '../../events/present-event.ts';
import { checkNotPruned } from '../../events/read-page.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { byId, limit, uuid } from '../schema/asked.ts';
import { instantMs } from '../schema/filters.ts';
import { pageOf as pageSchema } from '../schema/output.ts';
import { transition } from '../schema/output-record.ts';
import { transitionId } from '../schema/transition-id.ts';
import { KNOWN } from './known.ts';

/** The record needs no opaque cursor: reading goes on behind the id of a transition. */
const paging = { limit, cursor: transitionId };
const PAGE = { description: 'A page of transitions.', body: pageSchema(transition, 'TransitionPage') } as const;
const lastId = ({ id }: { id: string }) => presentTransitionId(id);

export const transitionRoutes = ({ database }: HttpOptions) => [
  route({
    method: 'get',
    path: '/v1/transitions',
    operation: 'listTransitions',
    tag: 'Record',
    scope: 'read',
    summary:
      'The record of all transitions in order; next_cursor is null when you have caught up: ask again with the last id as after',
    query: z.strictObject({
      ...paging,
      after: transitionId,
      assignment_id: uuid.optional().meta({ description: 'Only those of the stages of this assignment.' }),
      to: z.enum(STATUSES).optional().meta({ description: 'Only those to this status.' }),
      occurred_from: instantMs.meta({ description: 'Only those from this instant on; + is written %2B.' }),
      occurred_before: instantMs.meta({ description: 'Only those before this instant.' }),
    }),
    responses: { 200: PAGE, 304: KNOWN },
    problems: ['events_pruned'],
    async handle({ query }) {
      // A client that keeps its own parameters and adds next_cursor sends both. The cursor is further on.
      const after = query.cursor ?? query.after;
      const { assignment_id: assignmentId = null, to = null } = query;
      const occurred = { fromMs: query.occurred_from, beforeMs: query.occurred_before };
      const wanted = { after, assignmentId, to, occurred, limit: query.limit + 1 };
      const rows = await readTransitions(database.em(), wanted);
      if (after !== null) await checkNotPruned(database.em(), after);
      return { status: 200, body: pageOf(rows, query.limit, presentTransition, lastId) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/stages/:id/transitions',
    operation: 'listStageTransitions',
    tag: 'Record',
    scope: 'read',
    summary: 'The history of a stage, oldest first; a deleted stage keeps its own',
    params: byId,
    query: z.strictObject(paging),
    responses: { 200: PAGE, 304: KNOWN },
    async handle({ params, query }) {
      const after = query.cursor;
      const rows = await readTransitions(database.em(), { after, stageId: params.id, limit: query.limit + 1 });
      if (rows.length === 0 && after === null && (await findStage(database, params.id)) === null) {
        throw new NotFoundError('stage', params.id);
      }
      return { status: 200, body: pageOf(rows, query.limit, presentTransition, lastId) };
    },
  }),
];
