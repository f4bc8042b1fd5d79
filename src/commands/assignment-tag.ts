import { createHash } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { StaleVersionError } from '../base/errors.ts';
import type { AssignmentRow } from '../db/read/assignments.ts';
import { condition } from '../db/read/where.ts';
import { type AssignmentWithStages, MOST_STAGES, readWithStages } from './assignment-with-stages.ts';
import { lockStages } from './locked-stages.ts';
import { type Expected, isExpected } from './precondition.ts';

/** Separates the assignment's version from that of its stages. */
const DIVIDER = '.';
const DIGEST_CHARACTERS = 16;

/** Changes whenever the assignment does, or a stage that is shown with it. */
export function tagOf({ version, stages, isTruncated }: AssignmentWithStages): string {
  const hash = createHash('sha256');
  for (const stage of stages) hash.update(`${stage.id} ${stage.version};`);
  if (isTruncated) hash.update('more');
  return `${version}${DIVIDER}${hash.digest('base64url').slice(0, DIGEST_CHARACTERS)}`;
}

/**
 * Compares with what the caller expects: the assignment's own version, or all that was shown of it. In the latter case
 * its stages are locked too.
 * @param stored already locked
 * @throws StaleVersionError
 */
export async function checkTag(em: SqlEntityManager, stored: AssignmentRow, expected: Expected): Promise<void> {
  if (isExpected(stored.version, expected)) return;
  if (expected?.some((tag) => tag.includes(DIVIDER)) !== true) throw new StaleVersionError(stored.version);
  const shown = 'id IN (SELECT id FROM stage WHERE assignment_id = ? ORDER BY position, id LIMIT ?)';
  await lockStages(em, condition(shown, stored.id, MOST_STAGES));
  const tag = tagOf(await readWithStages(em, stored.id));
  if (!expected.includes(tag)) throw new StaleVersionError(tag);
}
