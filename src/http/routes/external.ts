import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import { readWithStages } from '../../commands/assignment-with-stages.ts';
import { putAssignment } from '../../commands/put-assignment.ts';
import { readAssignmentByExternalId } from '../../db/read/assignments.ts';
import { ifMatchOf } from '../etag.ts';
import type { HttpOptions } from '../options.ts';
import { route } from '../route.ts';
import { externalId } from '../schema/beside.ts';
import { putAssignmentAnswer } from '../schema/output.ts';
import { toWanted, wantedAssignment } from '../schema/put.ts';
import { writerOf } from '../writer.ts';
import { answerAssignment, answerReader, READ } from './answer-assignment.ts';

/** A malformed external_id names nothing, so a GET is 404. A PUT is told what is wrong with it. */
const byExternalId = z.object({ external_id: externalId });
const byAny = z.object({ external_id: z.string() });
const PATH = '/v1/assignments/external/:external_id';

/** Assignments by their id in another system. */
export const externalRoutes = (options: HttpOptions) => [
  route({
    method: 'put',
    path: PATH,
    operation: 'putAssignment',
    tag: 'Assignments',
    scope: 'write',
    summary: 'Create the assignment with this external_id, or bring it and its stages to this state; idempotent',
    params: byAny,
    hasVersion: true,
    body: wantedAssignment,
    responses: {
      200: { description: 'The assignment in the wanted state.', body: putAssignmentAnswer, headers: ['ETag'] },
      201: {
        description: 'The assignment, as it was created.',
        body: putAssignmentAnswer,
        headers: ['Location', 'ETag'],
      },
    },
    problems: ['conflict'],
    async handle({ ctx, caller, params, body }) {
      const writer = writerOf(options, caller, body.reason);
      const mustExist = ctx.req.headers['if-match'] !== undefined;
      const wanted = { ...toWanted(params.external_id, body), mustExist };
      const { assignment, changes } = await putAssignment(writer, wanted, ifMatchOf(ctx));
      const answer = answerAssignment(assignment);
      const shown = { ...answer.body, changes };
      if (changes.assignment !== 'created') return { ...answer, body: shown };
      const headers = { ...answer.headers, Location: `/v1/assignments/${assignment.id}` };
      return { status: 201, headers, body: shown };
    },
  }),
  route({
    method: 'get',
    path: PATH,
    operation: 'getAssignmentByExternalId',
    tag: 'Assignments',
    scope: 'read',
    summary: 'Read the assignment with this external_id, with its stages',
    params: byExternalId,
    responses: READ,
    async handle({ ctx, params }) {
      const em = options.database.em();
      const found = await readAssignmentByExternalId(em, params.external_id);
      if (found === null) throw new NotFoundError('assignment', params.external_id.slice(0, 60), 'external_id');
      return answerReader(ctx, await readWithStages(em, found.id));
    },
  }),
];
