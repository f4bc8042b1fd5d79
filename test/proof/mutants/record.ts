import { type Mutant, tests } from './mutant.ts';

const SEVENTH = 'src/db/migrations/0007-changes';

/** Sabotage of the record of edits, of the order of events, and of those who read it. */
export const RECORD: readonly Mutant[] = [
  {
    name: 'a reader that waits for no commit',
    breaks: 'whoever reads to where the record is settled misses nothing',
    file: `${SEVENTH}/settled.ts`,
    find: 'WHILE EXISTS (',
    replace: 'WHILE false AND EXISTS (',
    caughtBy: tests('db/settled', 'waits for commits'),
  },
  {
    name: 'a number for which no lock is held',
    breaks: 'readers know whose commit is under way',
    file: `${SEVENTH}/commit.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: 'LOCK TABLE ${s}.change_gate IN ROW EXCLUSIVE MODE;',
    replace: '',
    caughtBy: tests('db/settled', 'waits for commits'),
  },
  {
    name: 'a reader that takes the gate for open',
    breaks: 'a transition that is being recorded is not passed by',
    file: `${SEVENTH}/settled.ts`,
    find: 'least(up_to, coalesce(max(id), 0)) INTO up_to',
    replace: 'up_to INTO up_to',
    caughtBy: tests('db/settled', 'while somebody records'),
  },
  {
    name: 'an advance that nobody is told of',
    breaks: 'readers of the record need not poll',
    file: 'src/app.ts',
    find: 'notice.say();',
    replace: '',
    caughtBy: tests('events/record-notice'),
  },
  {
    name: 'a pulse that does not say where the record ends',
    breaks: 'a notice that was lost is made good',
    file: `${SEVENTH}/pulse.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: '(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ${sequence})',
    replace: '0',
    caughtBy: tests('events/record-notice'),
  },
  {
    name: 'a change that is told twice',
    breaks: 'each event is read once',
    file: 'src/db/read/events.ts',
    find: 'OR change.n > ?)',
    replace: 'OR change.n >= ?)',
    caughtBy: tests('http/events', 'once, in order'),
  },
  {
    name: 'a prune that waits for no consumer',
    breaks: 'nothing is pruned that a known consumer has not read',
    file: 'src/db/prune.ts',
    find: 'BigInt(slowest.readTo) < old',
    replace: 'BigInt(slowest.readTo) < 0n',
    caughtBy: tests('db/prune', 'slowest consumer'),
  },
];
