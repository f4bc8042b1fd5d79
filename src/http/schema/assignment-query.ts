import { z } from 'zod';
import { ValidationError } from '../../base/errors.ts';
import {
  ASSIGNMENT_ORDERS,
  type AssignmentOrder,
  type AssignmentQuery,
  type ListedAssignment,
} from '../../db/read/assignments.ts';
import { cursorOf, NOT_A_CURSOR } from '../cursor.ts';
import { limitIfGiven, limitOf, sortKeyMs, uuid } from './asked.ts';
import { externalId } from './beside.ts';
import { ids, instantMs } from './filters.ts';
import { label } from './text.ts';

const cursors = cursorOf(
  'assignments',
  z.union([
    z.object({ by: z.enum(['created', 'updated']), at: sortKeyMs, id: uuid }),
    z.object({ by: z.literal('title'), at: z.string(), id: uuid }),
  ]),
);

export const assignmentCursor = (by: AssignmentOrder, { sortKey: at, id }: ListedAssignment): string =>
  cursors.encode({ by, at, id } as Parameters<typeof cursors.encode>[0]);

/** The query of `GET /v1/assignments`. */
export const assignmentQuery = z.strictObject({
  title: label
    .optional()
    .meta({ description: 'Only those with this text in the title; upper and lower case are the same.' }),
  ids: ids.meta({ description: 'Only these, up to 200, separated by commas; then limit defaults to as many.' }),
  external_id: externalId.optional().meta({ description: 'Only the one with this id of yours.' }),
  updated_since: instantMs.meta({
    description: 'Only those updated at this instant or later. Stages have updates of their own.',
  }),
  order: z.enum(ASSIGNMENT_ORDERS).prefault('created').meta({ description: 'Ascending, then by id.' }),
  limit: limitIfGiven,
  cursor: cursors.schema,
});

/** @throws ValidationError */
export function toAssignmentQuery(query: z.output<typeof assignmentQuery>): AssignmentQuery {
  const { cursor, order } = query;
  if (cursor !== null && cursor.by !== order) throw new ValidationError([{ pointer: '/cursor', detail: NOT_A_CURSOR }]);
  return {
    ids: query.ids,
    externalId: query.external_id ?? null,
    title: query.title ?? null,
    updatedSinceMs: query.updated_since,
    order: query.order,
    after: query.cursor,
    limit: limitOf(query),
  };
}
