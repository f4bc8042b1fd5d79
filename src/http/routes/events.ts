import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import type { Database } from '../../db/database.ts';
import { readAssignment } from '../../db/read/assignments.ts';
import type { EventQuery } from '../../db/read/events.ts';
import { findStage } from '../../db/read/stages.ts';
import { idOf, type Place } from '../../domain/event.ts';
import type { EventJson } from '../../events/envelope.ts';
import { presentEvent } from '../../events/present-event.ts';
import { type EventPage, readSettledPage, readVisiblePage } from '../../events/read-page.ts';
import type { Page } from '../page.ts';
import { route } from '../route.ts';
import { byId, limit, uuid } from '../schema/asked.ts';
import { afterEvent, eventId, eventTypes, placeOf } from '../schema/event-id.ts';
import { pageOf as pageSchema } from '../schema/output.ts';
import { event } from '../schema/output-record.ts';
import { startPlace, wantsStream } from '../stream/start-place.ts';
import type { RouteOptions } from './all.ts';
import { KNOWN } from './known.ts';

const pageOf = ({ events, next }: EventPage): Page<EventJson> => ({
  items: events.map(presentEvent),
  next_cursor: next === null ? null : idOf(next),
});

const HISTORY = { description: 'A page of events.', body: pageSchema(event, 'HistoryPage') } as const;
const EVENTS = {
  description: 'A page of events.',
  body: z
    .strictObject({
      ...HISTORY.body.shape,
      read_to: z.string().meta({
        description: 'Up to here nothing that you asked for is missing: keep it, and send it as after the next time.',
      }),
    })
    .meta({ id: 'EventPage' }),
  stream:
    'Each event as it is committed: its id, and as data the same JSON as an item of a page. Without Last-Event-ID and after it begins now. An event named stale has code, detail and resume_at as data: some events before resume_at are missing.',
} as const;

export const eventRoutes = ({ database, hub, streams }: RouteOptions) => {
  return [
    route({
      method: 'get',
      path: '/v1/events',
      operation: 'listEvents',
      tag: 'Record',
      scope: 'read',
      summary:
        'Transitions and changes in the order of their commits; next_cursor is null when you have caught up: ask again with read_to as after',
      query: z.strictObject({
        after: afterEvent,
        cursor: eventId,
        limit,
        types: eventTypes,
        assignment_id: uuid.optional().meta({ description: 'Only of this assignment and its stages.' }),
        stage_id: uuid.optional().meta({ description: 'Only of this stage.' }),
      }),
      responses: { 200: EVENTS, 304: KNOWN },
      problems: ['events_pruned', 'events_ahead'],
      async handle({ query, ctx }) {
        const { types, limit, assignment_id, stage_id } = query;
        const of = { stageId: stage_id, assignmentId: assignment_id };
        if (wantsStream(ctx)) {
          const from = startPlace(ctx, query.cursor ?? query.after);
          return { status: 200, stream: await streams.open(ctx, { ...of, types }, from) };
        }
        const page = await readSettledPage(database.em(), hub.settled, { after: placeOf(query), of, types, limit });
        return { status: 200, body: { ...pageOf(page), read_to: idOf(page.readTo) } };
      },
    }),
    route({
      method: 'get',
      path: '/v1/stages/:id/history',
      operation: 'getStageHistory',
      tag: 'Record',
      scope: 'read',
      summary: 'Changes and transitions of a stage, oldest first; they outlive it',
      params: byId,
      query: z.strictObject({ cursor: eventId, limit }),
      responses: { 200: HISTORY, 304: KNOWN },
      async handle({ params, query }) {
        const page = await readHistory(database, query, { stageId: params.id });
        if (isNothing(page, query) && (await findStage(database, params.id)) === null) {
          throw new NotFoundError('stage', params.id);
        }
        return { status: 200, body: pageOf(page) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/assignments/:id/history',
      operation: 'getAssignmentHistory',
      tag: 'Record',
      scope: 'read',
      summary: 'Changes and transitions of an assignment and its stages, oldest first; they outlive it',
      params: byId,
      query: z.strictObject({ cursor: eventId, limit }),
      responses: { 200: HISTORY, 304: KNOWN },
      async handle({ params, query }) {
        const page = await readHistory(database, query, { assignmentId: params.id });
        if (isNothing(page, query) && (await readAssignment(database.em(), params.id)) === null) {
          throw new NotFoundError('assignment', params.id);
        }
        return { status: 200, body: pageOf(page) };
      },
    }),
  ];
};

interface HistoryQuery {
  cursor: Place | null;
  limit: number;
}

function readHistory(database: Database, query: HistoryQuery, of: EventQuery['of']): Promise<EventPage> {
  return readVisiblePage(database.em(), { after: placeOf(query), of, types: null, limit: query.limit });
}

/** True when there is no history, and no earlier page can have shown one. */
const isNothing = ({ events }: EventPage, { cursor }: HistoryQuery): boolean => events.length === 0 && cursor === null;
