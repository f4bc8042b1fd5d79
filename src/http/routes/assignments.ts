import { z } from 'zod';
import { type AssignmentWithStages, readWithStages } from '../../commands/assignment-with-stages.ts';
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
import { route } from '../route.ts';
import { byId, limit, placeMs, uuid } from '../schema/asked.ts';
import { assignmentPatch, newAssignment, toNewStage } from '../schema/input.ts';
import { assignment, assignmentWithStages, pageOf as pageSchema } from '../schema/output.ts';
import { reason } from '../schema/text.ts';
import { DELETED, NO_CONTENT } from './no-content.ts';

const place = cursorOf('assignments', z.object({ createdMs: placeMs, id: uuid }));

// An ETag here is the version of the assignment's own fields, for If-Match. The answer also shows the
// stages, which have versions of their own: so nothing is answered 304.
const WITH_STAGES = {
  description: 'The assignment as it is now, with its stages.',
  body: assignmentWithStages,
  headers: ['ETag'],
} as const;
const answer = (assignment: AssignmentWithStages) => ({
  status: 200 as const,
  headers: { ETag: etagOf(assignment.version) },
  body: presentWithStages(assignment),
});

export const assignmentRoutes = (options: HttpOptions) => {
  const { database } = options;
  return [
    route({
      method: 'post',
      path: '/v1/assignments',
      operation: 'createAssignment',
      tag: 'Assignments',
      scope: 'write',
      summary: 'Create an assignment with its stages, all or nothing',
      body: newAssignment,
      responses: {
        201: { ...WITH_STAGES, description: 'It is there, with its stages.', headers: ['Location', 'ETag'] },
      },
      problems: ['conflict'],
      async handle({ caller, body }) {
        const stages = body.stages.map(toNewStage);
        const writer = writerOf(options, caller, body.reason);
        const assignment = await createAssignment(writer, { title: body.title, timeZone: body.time_zone, stages });
        const { headers, body: shown } = answer(assignment);
        return { status: 201, headers: { ...headers, Location: `/v1/assignments/${assignment.id}` }, body: shown };
      },
    }),
    route({
      method: 'get',
      path: '/v1/assignments',
      operation: 'listAssignments',
      tag: 'Assignments',
      scope: 'read',
      summary: 'List assignments, newest last, without their stages',
      query: z.strictObject({ limit, cursor: place.schema }),
      responses: { 200: { description: 'A page of assignments.', body: pageSchema(assignment, 'AssignmentPage') } },
      async handle({ query }) {
        const rows = await readAssignments(database.em(), { after: query.cursor, limit: query.limit + 1 });
        return { status: 200, body: pageOf(rows, query.limit, presentAssignment, place.encode) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/assignments/:id',
      operation: 'getAssignment',
      tag: 'Assignments',
      scope: 'read',
      summary: 'Read an assignment with its stages',
      params: byId,
      responses: { 200: WITH_STAGES },
      async handle({ params }) {
        return answer(await readWithStages(database.em(), params.id));
      },
    }),
    route({
      method: 'patch',
      path: '/v1/assignments/:id',
      operation: 'editAssignment',
      tag: 'Assignments',
      scope: 'write',
      summary: 'Rename an assignment, or change its time zone',
      params: byId,
      hasVersion: true,
      body: assignmentPatch,
      responses: { 200: WITH_STAGES },
      problems: ['conflict'],
      async handle({ ctx, caller, params, body }) {
        const changes = { title: body.title, timeZone: body.time_zone };
        const expected = ifMatchOf(ctx);
        return answer(await editAssignment(writerOf(options, caller, body.reason), params.id, changes, expected));
      },
    }),
    route({
      method: 'delete',
      path: '/v1/assignments/:id',
      operation: 'deleteAssignment',
      tag: 'Assignments',
      scope: 'write',
      summary: 'Delete an assignment with its stages',
      params: byId,
      hasVersion: true,
      query: z.strictObject({ reason: reason.optional() }),
      responses: { 204: DELETED },
      problems: ['conflict'],
      async handle({ ctx, caller, params, query }) {
        await deleteAssignment(writerOf(options, caller, query.reason), params.id, ifMatchOf(ctx));
        return NO_CONTENT;
      },
    }),
  ];
};
