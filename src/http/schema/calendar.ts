import { z } from 'zod';
import { cursorOf } from '../cursor.ts';
import { limit, uuid } from './asked.ts';
import { shownId, shownInstant } from './output.ts';
import { label, reason } from './text.ts';

/** Tokens for calendar feeds, and the feeds themselves. */

export const newCalendarToken = z
  .strictObject({
    name: label.meta({ description: 'Whose calendar it is for: 1 to 200 characters.' }),
    assignment_id: uuid
      .nullable()
      .optional()
      .meta({ description: 'It opens the feed of this assignment alone. null or left out: the feed of all.' }),
    reason: reason.optional(),
  })
  .meta({ id: 'NewCalendarToken' });

const fields = {
  id: shownId,
  name: z.string(),
  assignment_id: shownId.nullable().meta({ description: 'null: it opens the feed of all assignments.' }),
  created_at: shownInstant,
  created_by: z.string().nullable().meta({ description: 'The actor; null: nobody is named.' }),
  last_used_at: shownInstant.nullable().meta({ description: 'Noted at most once a minute.' }),
  revoked_at: shownInstant.nullable().meta({ description: 'null: it is valid.' }),
};

export const calendarToken = z.strictObject(fields).meta({ id: 'CalendarToken' });
export const createdCalendarToken = z
  .strictObject({
    ...fields,
    token: z.string().nullable().meta({
      description:
        'Shown once: only its SHA-256 is kept. It begins with sbcal_. null: it was shown to the first request with this Idempotency-Key.',
    }),
    url: z.string().nullable().meta({
      description:
        'The address of the feed, by the name under which this was asked. Shown once, because the token is in it.',
    }),
  })
  .meta({ id: 'CreatedCalendarToken' });

export type CalendarTokenJson = z.output<typeof calendarToken>;

export const tokenCursors = cursorOf('calendar-tokens', z.object({ id: uuid }));
export const calendarTokenQuery = z.strictObject({
  limit,
  cursor: tokenCursors.schema,
  assignment_id: uuid.optional().meta({ description: 'Only those for this assignment.' }),
});

/** Anything else than a valid token is answered alike, so nothing is said of its form. */
export const feedQuery = z.strictObject({
  token: z.string().optional().meta({ description: 'The token of this feed. Without a valid one: 404.' }),
});
