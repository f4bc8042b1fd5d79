import { type Mutant, tests } from './mutant.ts';

/** Sabotage of how the service stands on other people's servers. */
export const CONNECTIONS: readonly Mutant[] = [
  {
    name: 'rows that are hidden in silence',
    breaks: 'row-level security is an error and not an empty table',
    file: 'src/db/pinned.ts',
    find: "row_security: 'off'",
    replace: "row_security: 'on'",
    caughtBy: tests('db/fitness', 'hides rows'),
  },
  {
    name: 'rights that nobody names',
    breaks: 'what the role lacks is named',
    file: 'src/db/fitness.ts',
    find: 'if (rights.length > 0) {',
    replace: 'if (rights.length > 99) {',
    caughtBy: tests('db/fitness', 'which is named'),
  },
  {
    name: 'edits of one row that wait one after the other',
    breaks: 'an edit waits for two seconds at most',
    file: 'src/db/edit-queue.ts',
    find: 'MOST_OF_ONE_ROW = 1;',
    replace: 'MOST_OF_ONE_ROW = 99;',
    caughtBy: tests('http/held-row'),
  },
  {
    name: "strangers' tables taken for ours",
    breaks: 'a schema with tables of our names is refused in words',
    file: 'src/db/migration-ground.ts',
    find: 'await refuseStrangers(db);',
    replace: '',
    caughtBy: tests('db/schema', 'somebody else has tables'),
  },
];
