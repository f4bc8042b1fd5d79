import { z } from 'zod';
import { createCalendarToken, revokeCalendarToken } from '../../calendar/tokens.ts';
import { type CalendarTokenRow, readCalendarTokens } from '../../db/read/calendar-tokens.ts';
import { iso, isoOrNull } from '../../domain/iso.ts';
import type { HttpOptions } from '../options.ts';
import { originOf } from '../origin.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { byId } from '../schema/asked.ts';
import {
  type CalendarTokenJson,
  calendarToken,
  calendarTokenQuery,
  createdCalendarToken,
  newCalendarToken,
  tokenCursors,
} from '../schema/calendar.ts';
import { pageOf as pageSchema } from '../schema/output.ts';
import { reason } from '../schema/text.ts';
import { writerOf } from '../writer.ts';
import { KNOWN } from './known.ts';
import { NO_CONTENT } from './no-content.ts';

const present = (row: CalendarTokenRow): CalendarTokenJson => ({
  id: row.id,
  name: row.name,
  assignment_id: row.assignmentId,
  created_at: iso(row.createdMs),
  created_by: row.createdBy,
  last_used_at: isoOrNull(row.lastUsedMs),
  revoked_at: isoOrNull(row.revokedMs),
});

/** Who may read which calendar feed. */
export const calendarTokenRoutes = (options: HttpOptions) => {
  const { database, log, basePath = '' } = options;
  return [
    route({
      method: 'post',
      path: '/v1/calendar-tokens',
      operation: 'createCalendarToken',
      tag: 'Calendar',
      scope: 'write',
      isOneTransaction: true,
      secret: ['token', 'url'],
      summary: 'Make a token for a calendar feed; it and the address are shown this once',
      body: newCalendarToken,
      responses: { 201: { description: 'The token.', body: createdCalendarToken } },
      problems: ['not_found'],
      async handle({ ctx, caller, body }) {
        const writer = writerOf(options, caller, body.reason);
        const { assignment_id: assignmentId = null } = body;
        const { token, ...row } = await createCalendarToken(writer, { name: body.name, assignmentId });
        log.info(
          {
            event: 'calendar_token',
            id: row.id,
            assignment_id: assignmentId,
            actor: writer.actor,
            reason: body.reason,
          },
          'a calendar token was made',
        );
        const feed = assignmentId === null ? '/v1/calendar.ics' : `/v1/assignments/${assignmentId}/calendar.ics`;
        const url = `${originOf(ctx)}${basePath}${feed}?token=${token}`;
        return { status: 201, body: { ...present(row), token, url } };
      },
    }),
    route({
      method: 'get',
      path: '/v1/calendar-tokens',
      operation: 'listCalendarTokens',
      tag: 'Calendar',
      scope: 'write',
      summary: 'List calendar tokens by age, those that were revoked too; without the tokens themselves',
      query: calendarTokenQuery,
      responses: {
        200: { description: 'A page of tokens.', body: pageSchema(calendarToken, 'CalendarTokenPage') },
        304: KNOWN,
      },
      async handle({ query }) {
        const { limit, cursor, assignment_id: assignmentId = null } = query;
        const wanted = { assignmentId, after: cursor?.id ?? null, limit: limit + 1 };
        const rows = await readCalendarTokens(database.em(), wanted);
        return { status: 200, body: pageOf(rows, limit, present, tokenCursors.encode) };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/calendar-tokens/:id',
      operation: 'revokeCalendarToken',
      tag: 'Calendar',
      scope: 'write',
      summary: 'Revoke a calendar token: from now on its feed is 404, on every instance',
      params: byId,
      query: z.strictObject({ reason: reason.optional() }),
      responses: { 204: { description: 'It is revoked.' } },
      async handle({ caller, params, query }) {
        const writer = writerOf(options, caller, query.reason);
        await revokeCalendarToken(writer, params.id);
        const { actor } = writer;
        log.info(
          { event: 'calendar_token_revoked', id: params.id, actor, reason: query.reason },
          'a calendar token was revoked',
        );
        return NO_CONTENT;
      },
    }),
  ];
};
