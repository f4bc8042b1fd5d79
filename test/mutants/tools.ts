import { type Mutant, tests } from './mutant.ts';

/** Sabotage of what an operator sees at night. */
export const TOOLS: readonly Mutant[] = [
  {
    name: 'a holder that shares its rows goes unnamed',
    breaks: 'whoever keeps a due row is named',
    file: 'src/db/blockers.ts',
    find: 'AND EXISTS (SELECT FROM due WHERE xmax <> 0)',
    replace: 'AND false',
    caughtBy: tests('db/blockers', 'share the rows'),
  },
  {
    name: 'the crashed stay beside their successor',
    breaks: 'two of one name are two that live',
    file: 'src/db/instances.ts',
    find: 'OR $12 AND name = $2)',
    replace: 'OR $12 AND name = $2 AND false)',
    caughtBy: tests('db/instances', 'make room for a successor'),
  },
  {
    name: 'settings that differ go unnamed',
    breaks: 'an instance with an old environment is named',
    file: 'src/db/instance-differences.ts',
    find: 'if (byValue.size < 2) return [];',
    replace: 'if (byValue.size < 3) return [];',
    caughtBy: tests('db/instances', 'differ where their values do'),
  },
  {
    name: 'a migration that waits for its locks for ever',
    breaks: 'nobody queues behind a migration for long',
    file: 'src/db/careful-migration.ts',
    find: 'SET LOCAL lock_timeout = ',
    replace: 'SET LOCAL lock_timeout = 100',
    caughtBy: tests('db/careful-migration', 'a moment at a time'),
  },
  {
    name: 'a gauge that keeps its last value',
    breaks: 'what cannot be read is absent',
    file: 'src/metrics.ts',
    find: 'if (value === null) this.remove();',
    replace: 'if (value === null) return;',
    caughtBy: tests('alerts', 'name metrics'),
  },
  {
    name: 'a look that makes a database',
    breaks: 'looking makes nothing',
    file: 'src/cli/target.ts',
    find: "existsSync(join(dataDir, 'pglite'))) return;",
    replace: "existsSync(join(dataDir, 'pglite')) || dataDir !== '') return;",
    caughtBy: tests('cli/careful', 'makes no database'),
  },
];
