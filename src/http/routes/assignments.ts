import { z } from 'zod';
import { readWithStages } from '../../commands/assignment-with-stages.ts';
import { createAssignment } from '../../commands/create-assignment.ts';
import { deleteAssignment } from '../../commands/delete-assignment.ts';
import { editAssignment } from '../../commands/edit-assignment.ts';
import { readAssignments } from '../../db/read-assignments.ts';
import { writerOf } from '../caller.ts';
import { cursorOf } from '../cursor.ts';
import { etagOf, ifMatchOf } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentAssignment, presentWithStages } from '../present.ts';
import { type Route, route } from '../route.ts';
import { byId, limit, placeMs, uuid } from '../schema/asked.ts';
import { assignmentPatch, newAssignment, toNewStage } from '../schema/input.ts';
import { reason } from '../schema/text.ts';

const place = cursorOf('assignments', z.object({ createdMs: placeMs, id: uuid }));

// An ETag here is the version of the assignment's own fields, for If-Match. The answer also shows the
// stages, which have versions of their own: so nothing is answered 304.
export const assignmentRoutes = (options: HttpOptions): Route[] => {
  const { database } = options;
  return [
    route({
      method: 'post',
      path: '/v1/assignments',
      scope: 'write',
      summary: 'Create an assignment with its stages, all or nothing',
      body: newAssignment,
      async handle({ ctx, caller, body }) {
        const stages = body.stages.map(toNewStage);
        const writer = writerOf(options, caller, body.reason);
        const assignment = await createAssignment(writer, { title: body.title, timeZone: body.time_zone, stages });
        ctx.status = 201;
        ctx.set({ Location: `/v1/assignments/${assignment.id}`, ETag: etagOf(assignment.version) });
        ctx.body = presentWithStages(assignment);
      },
    }),
    route({
      method: 'get',
      path: '/v1/assignments',
      scope: 'read',
      summary: 'List assignments, newest last, without their stages',
      query: z.strictObject({ limit, cursor: place.schema }),
      async handle({ ctx, query }) {
        const rows = await readAssignments(database.em(), { after: query.cursor, limit: query.limit + 1 });
        ctx.body = pageOf(rows, query.limit, presentAssignment, place.encode);
      },
    }),
    route({
      method: 'get',
      path: '/v1/assignments/:id',
      scope: 'read',
      summary: 'Read an assignment with its stages',
      params: byId,
      async handle({ ctx, params }) {
        const assignment = await readWithStages(database.em(), params.id);
        ctx.set('ETag', etagOf(assignment.version));
        ctx.body = presentWithStages(assignment);
      },
    }),
    route({
      method: 'patch',
      path: '/v1/assignments/:id',
      scope: 'write',
      summary: 'Rename an assignment, or change its time zone',
      params: byId,
      hasVersion: true,
      body: assignmentPatch,
      async handle({ ctx, caller, params, body }) {
        const changes = { title: body.title, timeZone: body.time_zone };
        const expected = ifMatchOf(ctx);
        const assignment = await editAssignment(writerOf(options, caller, body.reason), params.id, changes, expected);
        ctx.set('ETag', etagOf(assignment.version));
        ctx.body = presentWithStages(assignment);
      },
    }),
    route({
      method: 'delete',
      path: '/v1/assignments/:id',
      scope: 'write',
      summary: 'Delete an assignment with its stages',
      params: byId,
      hasVersion: true,
      query: z.strictObject({ reason: reason.optional() }),
      async handle({ ctx, caller, params, query }) {
        await deleteAssignment(writerOf(options, caller, query.reason), params.id, ifMatchOf(ctx));
        ctx.status = 204;
      },
    }),
  ];
};
