import { z } from 'zod';
import { readWithStages } from '../../commands/assignment-with-stages.ts';
import { createAssignment } from '../../commands/create-assignment.ts';
import { deleteAssignment } from '../../commands/delete-assignment.ts';
import { editAssignment } from '../../commands/edit-assignment.ts';
import { type ListedAssignment, readAssignments } from '../../db/read/assignments.ts';
import { ifMatchOf } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { presentAssignment } from '../present.ts';
import { route } from '../route.ts';
import { byId } from '../schema/asked.ts';
import { assignmentCursor, assignmentQuery, toAssignmentQuery } from '../schema/assignment-query.ts';
import { assignmentPatch, newAssignment, toAssignment, toNewStage } from '../schema/input.ts';
import { assignment, pageOf as pageSchema } from '../schema/output.ts';
import { reason } from '../schema/text.ts';
import { writerOf } from '../writer.ts';
import { answerAssignment, answerReader, READ, WITH_STAGES } from './answer-assignment.ts';
import { KNOWN } from './known.ts';
import { DELETED, NO_CONTENT } from './no-content.ts';

export const assignmentRoutes = (options: HttpOptions) => {
  const { database } = options;
  return [
    route({
      method: 'post',
      path: '/v1/assignments',
      operation: 'createAssignment',
      isOneTransaction: true,
      tag: 'Assignments',
      scope: 'write',
      summary: 'Create an assignment with its stages, all or nothing',
      body: newAssignment,
      responses: {
        201: {
          ...WITH_STAGES,
          description: 'The assignment with its stages, as it was created.',
          headers: ['Location', 'ETag'],
        },
      },
      problems: ['conflict'],
      async handle({ caller, body }) {
        const stages = body.stages.map(toNewStage);
        const writer = writerOf(options, caller, body.reason);
        const assignment = await createAssignment(writer, { ...toAssignment(body), stages });
        const { headers, body: shown } = answerAssignment(assignment);
        return { status: 201, headers: { ...headers, Location: `/v1/assignments/${assignment.id}` }, body: shown };
      },
    }),
    route({
      method: 'get',
      path: '/v1/assignments',
      operation: 'listAssignments',
      tag: 'Assignments',
      scope: 'read',
      summary: 'List assignments by age, update or title, without their stages',
      query: assignmentQuery,
      responses: {
        200: { description: 'A page of assignments.', body: pageSchema(assignment, 'AssignmentPage') },
        304: KNOWN,
      },
      async handle({ query }) {
        const wanted = toAssignmentQuery(query);
        const rows = await readAssignments(database.em(), { ...wanted, limit: wanted.limit + 1 });
        const cursorFor = (last: ListedAssignment) => assignmentCursor(query.order, last);
        return { status: 200, body: pageOf(rows, wanted.limit, presentAssignment, cursorFor) };
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
      responses: READ,
      async handle({ ctx, params }) {
        return answerReader(ctx, await readWithStages(database.em(), params.id));
      },
    }),
    route({
      method: 'patch',
      path: '/v1/assignments/:id',
      operation: 'editAssignment',
      tag: 'Assignments',
      scope: 'write',
      summary: 'Change an assignment; its stages have edits of their own',
      params: byId,
      hasVersion: true,
      body: assignmentPatch,
      responses: { 200: WITH_STAGES },
      problems: ['conflict'],
      async handle({ ctx, caller, params, body }) {
        const writer = writerOf(options, caller, body.reason);
        return answerAssignment(await editAssignment(writer, params.id, toAssignment(body), ifMatchOf(ctx)));
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
