import { type Mutant, tests } from './mutant.ts';

const ROOM = 'src/db/embedded';

/** Sabotage of the embedded database, and of the log that must not stop a process. */
export const EMBEDDED: readonly Mutant[] = [
  {
    name: 'a bell queues behind requests',
    breaks: 'nothing may queue in front of a bell',
    file: `${ROOM}/turns.ts`,
    find: 'urgent.shift() ?? normal.shift()',
    replace: 'normal.shift() ?? urgent.shift()',
    caughtBy: tests('db/embedded/turns', 'lets a bell go before'),
  },
  {
    name: 'no share for requests in a burst',
    breaks: 'a burst does not hold up a request for as long as it lasts',
    file: `${ROOM}/turns.ts`,
    find: 'const OTHERS_MS = 10;',
    replace: 'const OTHERS_MS = 0;',
    caughtBy: tests('db/embedded/turns', 'gives requests a share'),
  },
  {
    name: 'edits that nobody refuses on a full disk',
    breaks: 'each kind of edit is refused while there is room for bells',
    file: 'src/db/pglite.ts',
    find: 'if (refusal !== null) throw refusal;',
    replace: '',
    caughtBy: tests('db/embedded/full-disk'),
  },
  {
    name: 'a full disk is met by PostgreSQL first',
    breaks: 'edits are refused while there is room for bells',
    file: `${ROOM}/disk-watch.ts`,
    find: "if (this.#state === 'room') return null;",
    replace: "if (this.#state !== 'out') return null;",
    caughtBy: tests('db/embedded/disk-watch', 'refuses edits'),
  },
  {
    name: 'a stopped reader is waited for',
    breaks: 'the log must not take the memory of the service',
    file: 'src/base/log-sink.ts',
    find: 'if (pipe.writableLength > WAITING_BYTES) return false;',
    replace: '',
    caughtBy: tests('cli/stdout', 'how many lines were dropped'),
  },
  {
    name: 'a spinning thread is left alone',
    breaks: 'no state of the database takes the process its ears',
    file: 'src/db/embedded/client.ts',
    find: 'this.#reopening = this.#reopen();',
    replace: '',
    caughtBy: tests('db/embedded/thread', 'ended when it spins'),
  },
  {
    name: 'an import without a look at what arrived',
    breaks: 'an import is the whole of the export, or nothing',
    file: 'src/db/transfer/import.ts',
    find: 'if (rows !== expected.rows || sha256 !== expected.sha256)',
    replace: 'if (rows < 0)',
    caughtBy: tests('db/transfer', 'is refused where'),
  },
];
