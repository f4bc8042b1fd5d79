import { z } from 'zod';
import { readSchedule } from '../../db/read-schedule.ts';
import { cursorOf } from '../cursor.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentSchedule } from '../present.ts';
import { type Route, route } from '../route.ts';
import { limit, placeMs } from '../schema/asked.ts';

const place = cursorOf('schedule', z.object({ atMs: placeMs, to: z.enum(['active', 'completed']) }));

export const scheduleRoutes = ({ database }: HttpOptions): Route[] => [
  route({
    method: 'get',
    path: '/v1/schedule',
    scope: 'read',
    summary: 'Boundaries that are outstanding, soonest first, with how many stages share each',
    query: z.strictObject({ limit, cursor: place.schema }),
    async handle({ ctx, query }) {
      const rows = await readSchedule(database.em(), { after: query.cursor, limit: query.limit + 1 });
      ctx.body = pageOf(rows, query.limit, presentSchedule, ({ atMs, to }) => place.encode({ atMs, to }));
    },
  }),
];
