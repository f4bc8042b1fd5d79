import type { Queryable } from '../../db/database.ts';
import { advance } from '../../db/leading/advance.ts';
import { readHorizon, readOutstanding } from '../../db/leading/horizon.ts';
import { NOBODYS, rehearseTake, releaseTerm } from '../../db/leading/term.ts';

// PostgreSQL takes longer to plan a statement for the first time than to run it, and a successor does everything for
// the first time. So each session runs its statements once, soon after it was opened. They use a term that nobody
// holds, and look at no stage.

/** On the session that takes and keeps the term. */
export const rehearseTerm = (db: Queryable): Promise<unknown> =>
  Promise.all([rehearseTake(db), releaseTerm(db, NOBODYS)]);

/** On a session that rings. */
export const rehearseAdvance = (db: Queryable): Promise<unknown> =>
  advance(db, { term: NOBODYS, limit: 1, cause: 'sweep', instance: '' });

/** On the session that reads what to arm. */
export const rehearsePlan = (db: Queryable): Promise<unknown> =>
  Promise.all([readHorizon(db, 0), readOutstanding(db, [])]);
