import { z } from 'zod';
import { editStages } from '../../commands/edit-stages.ts';
import type { HttpOptions } from '../options.ts';
import { presentStage } from '../present.ts';
import { route } from '../route.ts';
import { stageEdits, toStageEdit } from '../schema/bulk.ts';
import { dryRun } from '../schema/filters.ts';
import { editedStages } from '../schema/output.ts';
import { writerOf } from '../writer.ts';

export const bulkStageRoutes = (options: HttpOptions) => [
  route({
    method: 'patch',
    path: '/v1/stages',
    operation: 'editStages',
    isOneTransaction: true,
    tag: 'Stages',
    scope: 'write',
    summary: 'Change up to 1,000 stages, all or none; dry_run=true shows the result and changes nothing',
    query: z.strictObject({ dry_run: dryRun }),
    body: stageEdits,
    responses: {
      200: { description: 'Each stage before and after its edit, in the order of the edits.', body: editedStages },
    },
    problems: ['not_found', 'conflict', 'stale_version'],
    async handle({ ctx, caller, query, body }) {
      const writer = writerOf(options, caller, body.reason);
      const edited = await editStages(writer, body.edits.map(toStageEdit), query.dry_run);
      ctx.state['isRehearsal'] = query.dry_run;
      const items = edited.map(({ before, after }) => ({ before: presentStage(before), after: presentStage(after) }));
      return { status: 200, body: { items } };
    },
  }),
];
