import { z } from 'zod';
import { readFeed } from '../../calendar/feed.ts';
import { NoRouteError } from '../http-refusals.ts';
import type { HttpOptions } from '../options.ts';
import { route } from '../route.ts';
import { byId } from '../schema/asked.ts';
import { feedQuery } from '../schema/calendar.ts';
import { KNOWN } from './known.ts';

const FEED = {
  200: { description: 'RFC 5545.', body: z.string(), mediaType: 'text/calendar', headers: ['Content-Type'] },
  304: KNOWN,
} as const;
const headers = { 'Content-Type': 'text/calendar; charset=utf-8' };

/** Calendar programs send no headers of ours, so the token in the address says who reads. */
export const calendarRoutes = ({ database, clock }: HttpOptions) => {
  const read = async (token: string | undefined, assignmentId: string | null) => {
    const text = await readFeed(database.em(), token ?? '', assignmentId, () => clock.sleep(0));
    // The same for a token that is unknown, revoked, or for another feed.
    if (text === null) throw new NoRouteError('There is no calendar at this address.');
    return { status: 200 as const, headers, body: text };
  };
  return [
    route({
      method: 'get',
      path: '/v1/assignments/:id/calendar.ics',
      operation: 'getAssignmentCalendar',
      tag: 'Calendar',
      scope: null,
      summary: 'The stages of an assignment as a calendar, for the holder of a token',
      params: byId,
      query: feedQuery,
      responses: FEED,
      handle: ({ params, query }) => read(query.token, params.id),
    }),
    route({
      method: 'get',
      path: '/v1/calendar.ics',
      operation: 'getCalendar',
      tag: 'Calendar',
      scope: null,
      summary: 'The stages of all assignments as a calendar, for the holder of a token',
      query: feedQuery,
      responses: FEED,
      problems: ['not_found'],
      handle: ({ query }) => read(query.token, null),
    }),
  ];
};
