import { z } from 'zod';
import { BEGINNING, EVENT_TYPES, type EventType, ID_FORM, LATEST, type Place, placeOfId } from '../../domain/event.ts';

const FORMS = '0000000000000000042 or 0000000000000000043-0000000001, or 0 for the beginning';
const BEHIND =
  'Read what comes behind this event: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807-2147483647.';

/** The id of an event, with its leading zeros or without; null when it is not given. */
export const eventId = z
  .string()
  .optional()
  .transform((text, context) => read(text, context, `must be the id of an event, such as ${FORMS}`))
  .meta({ override: { type: 'string', pattern: ID_FORM }, description: BEHIND });

const NOW = 'latest';
/** The same, or from now on. */
export const afterEvent = z
  .string()
  .optional()
  .transform((text, context) =>
    text === NOW ? LATEST : read(text, context, `must be the id of an event, such as ${FORMS}, or ${NOW} for its end`),
  )
  .meta({
    override: { type: 'string', pattern: `^${NOW}$|${ID_FORM}` },
    description: `${BEHIND} With ${NOW} there are no items, and read_to is the end of the record.`,
  });

function read(text: string | undefined, context: z.RefinementCtx, fault: string): Place | null {
  if (text === undefined) return null;
  const place = placeOfId(text);
  if (place !== null) return place;
  context.addIssue({ code: 'custom', message: fault });
  return z.NEVER;
}

/**
 * Where a page begins. A client that keeps its own parameters and adds next_cursor sends both; the cursor is further
 * on.
 */
export const placeOf = ({ cursor, after = null }: { cursor: Place | null; after?: Place | null }): Place =>
  cursor ?? after ?? BEGINNING;

/** Types of events, separated by commas; null when not given: all. */
export const eventTypes = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((given, context): EventType[] | null => {
    if (given === undefined) return null;
    const types = [given].flat().flatMap((text) => text.split(','));
    const unknown = types.find((type) => !EVENT_TYPES.some((known) => known === type));
    if (unknown === undefined) return types as EventType[];
    context.addIssue({
      code: 'custom',
      message: `has ${unknown.slice(0, 60) === '' ? 'an empty type' : `'${unknown.slice(0, 60)}', which is not a type of event`}: the types are ${EVENT_TYPES.join(', ')}`,
    });
    return z.NEVER;
  })
  .meta({
    override: { type: 'array', items: { $ref: '#/components/schemas/EventType' }, anyOf: undefined },
    param: { style: 'form', explode: false },
    description: 'Only these, separated by commas.',
  });
