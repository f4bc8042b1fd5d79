import { activateStage } from '../../commands/activate-stage.ts';
import { completeStage } from '../../commands/complete-stage.ts';
import { ifMatchOf } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { route } from '../route.ts';
import { byId } from '../schema/asked.ts';
import { becauseOf } from '../schema/input.ts';
import { writerOf } from '../writer.ts';
import { answerStage, STAGE } from './answer-stage.ts';

/** Activate or complete now, by an edit of a date: there is no other way to change a status. */
export const stageActionRoutes = (options: HttpOptions) => [
  route({
    method: 'post',
    path: '/v1/stages/:id/activate',
    operation: 'activateStage',
    isOneTransaction: true,
    tag: 'Stages',
    scope: 'write',
    summary: 'Activate now: sets start_date to now',
    params: byId,
    hasVersion: true,
    body: becauseOf,
    mayLackBody: true,
    responses: { 200: STAGE },
    problems: ['conflict'],
    async handle({ ctx, caller, params, body }) {
      return answerStage(await activateStage(writerOf(options, caller, body.reason), params.id, ifMatchOf(ctx)));
    },
  }),
  route({
    method: 'post',
    path: '/v1/stages/:id/complete',
    operation: 'completeStage',
    isOneTransaction: true,
    tag: 'Stages',
    scope: 'write',
    summary: 'Complete now: sets end_date to now',
    params: byId,
    hasVersion: true,
    body: becauseOf,
    mayLackBody: true,
    responses: { 200: STAGE },
    problems: ['conflict'],
    async handle({ ctx, caller, params, body }) {
      return answerStage(await completeStage(writerOf(options, caller, body.reason), params.id, ifMatchOf(ctx)));
    },
  }),
];
