import { z } from 'zod';
import { ValidationError } from '../../base/errors.ts';
import { type ListedStage, STAGE_ORDERS, type StageOrder, type StageQuery } from '../../db/read/list-stages.ts';
import { STATUSES } from '../../domain/stage.ts';
import { cursorOf, NOT_A_CURSOR } from '../cursor.ts';
import { limitIfGiven, limitOf, sortKeyMs, uuid } from './asked.ts';
import { externalId } from './beside.ts';
import { ids, instantMs } from './filters.ts';
import { listed } from './list.ts';

const cursors = cursorOf('stages', z.object({ by: z.enum(STAGE_ORDERS), atMs: sortKeyMs.nullable(), id: uuid }));

export const stageCursor = (order: StageOrder, { sortKeyMs: atMs, id }: ListedStage): string =>
  cursors.encode({ by: order, atMs, id });

/** The query of `GET /v1/stages`. */
export const stageQuery = z.strictObject({
  status: listed(z.enum(STATUSES), STATUSES.length, 'statuses', STATUSES.join('|')).meta({
    description: 'Only those with one of these recorded statuses, separated by commas.',
  }),
  assignment_id: ids.meta({ description: 'Only those of these assignments, up to 200, separated by commas.' }),
  ids: ids.meta({ description: 'Only these, up to 200, separated by commas; then limit defaults to as many.' }),
  external_id: externalId.optional().meta({ description: 'Only those with this id of yours.' }),
  starts_from: instantMs.meta({ description: 'Only those with a start_date from this instant on; + is written %2B.' }),
  starts_before: instantMs.meta({ description: 'Only those with a start_date before this instant.' }),
  ends_from: instantMs.meta({ description: 'Only those with an end_date from this instant on.' }),
  ends_before: instantMs.meta({ description: 'Only those with an end_date before this instant.' }),
  updated_since: instantMs.meta({ description: 'Only those updated at this instant or later.' }),
  order: z
    .enum(STAGE_ORDERS)
    .prefault('start_date')
    .meta({ description: 'Ascending, then by id; those without such a date come last.' }),
  limit: limitIfGiven,
  cursor: cursors.schema,
});

/** @throws ValidationError */
export function toStageQuery(query: z.output<typeof stageQuery>): StageQuery {
  const { cursor, order } = query;
  if (cursor !== null && cursor.by !== order) throw new ValidationError([{ pointer: '/cursor', detail: NOT_A_CURSOR }]);
  return {
    statuses: query.status,
    ids: query.ids,
    assignmentIds: query.assignment_id,
    externalId: query.external_id ?? null,
    starts: { fromMs: query.starts_from, beforeMs: query.starts_before },
    ends: { fromMs: query.ends_from, beforeMs: query.ends_before },
    updatedSinceMs: query.updated_since,
    order: query.order,
    after: query.cursor,
    limit: limitOf(query),
  };
}
