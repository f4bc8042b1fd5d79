import { z } from 'zod';
import { readSchedule, type ScheduleRow } from '../../db/read/schedule.ts';
import { cursorOf } from '../cursor.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentSchedule } from '../present.ts';
import { route } from '../route.ts';
import { limit, sortKeyMs } from '../schema/asked.ts';
import { pageOf as pageSchema, scheduledBoundary } from '../schema/output.ts';
import { KNOWN } from './known.ts';

const cursors = cursorOf('schedule', z.object({ atMs: sortKeyMs, to: z.enum(['active', 'completed']) }));

export const scheduleRoutes = ({ database }: HttpOptions) => [
  route({
    method: 'get',
    path: '/v1/schedule',
    operation: 'listBoundaries',
    tag: 'Schedule',
    scope: 'read',
    summary: 'Boundaries that are outstanding, soonest first, with how many stages share each',
    query: z.strictObject({ limit, cursor: cursors.schema }),
    responses: {
      200: { description: 'A page of boundaries.', body: pageSchema(scheduledBoundary, 'SchedulePage') },
      304: KNOWN,
    },
    async handle({ query }) {
      const rows = await readSchedule(database.em(), { after: query.cursor, limit: query.limit + 1 });
      const cursorFor = ({ atMs, to }: ScheduleRow) => cursors.encode({ atMs, to });
      return { status: 200, body: pageOf(rows, query.limit, presentSchedule, cursorFor) };
    },
  }),
];
