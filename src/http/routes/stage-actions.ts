import { activateStage } from '../../commands/activate-stage.ts';
import { completeStage } from '../../commands/complete-stage.ts';
import { ifMatchOf } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { type Route, route } from '../route.ts';
import { byId } from '../schema/asked.ts';
import { answerStage } from './answer-stage.ts';

/** Now, as an edit of a date: there is no other way to change a status. */
export const stageActionRoutes = ({ database, instance }: HttpOptions): Route[] => [
  route({
    method: 'post',
    path: '/v1/stages/:id/activate',
    scope: 'write',
    summary: 'Activate now: start_date becomes the present',
    params: byId,
    hasVersion: true,
    async handle({ ctx, actor, params }) {
      answerStage(ctx, await activateStage({ database, instance, actor }, params.id, ifMatchOf(ctx)));
    },
  }),
  route({
    method: 'post',
    path: '/v1/stages/:id/complete',
    scope: 'write',
    summary: 'Complete now: end_date becomes the present',
    params: byId,
    hasVersion: true,
    async handle({ ctx, actor, params }) {
      answerStage(ctx, await completeStage({ database, instance, actor }, params.id, ifMatchOf(ctx)));
    },
  }),
];
