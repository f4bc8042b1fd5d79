import type { Context } from 'koa';
import { tagOf } from '../../commands/assignment-tag.ts';
import type { AssignmentWithStages } from '../../commands/assignment-with-stages.ts';
import { etagOf, matchesIfNoneMatch } from '../etag.ts';
import { presentWithStages } from '../present.ts';
import { assignmentWithStages } from '../schema/output.ts';

export const WITH_STAGES = {
  description: 'The assignment as it is now, with its stages.',
  body: assignmentWithStages,
  headers: ['ETag'],
} as const;
export const READ = {
  200: WITH_STAGES,
  304: { description: 'It and its stages have not changed since the ETag in If-None-Match.', headers: ['ETag'] },
} as const;

/** One assignment with its stages, under an ETag that covers both. */
export const answerAssignment = (assignment: AssignmentWithStages) => ({
  status: 200 as const,
  headers: { ETag: etagOf(tagOf(assignment)) },
  body: presentWithStages(assignment),
});

/** The same for a reader, which may have it already. */
export function answerReader(ctx: Context, assignment: AssignmentWithStages) {
  // While a transition is being applied, effective_status changes without a new version: then it is sent in full.
  const isSettled = assignment.stages.every(({ status, effectiveStatus }) => status === effectiveStatus);
  const tag = tagOf(assignment);
  if (!isSettled || !matchesIfNoneMatch(ctx.get('If-None-Match'), tag)) return answerAssignment(assignment);
  return { status: 304 as const, headers: { ETag: etagOf(tag) } };
}
