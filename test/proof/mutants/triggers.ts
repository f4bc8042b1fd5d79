import { type Mutant, tests } from './mutant.ts';

const FIRST = 'src/db/migrations/0001-initial';
const THIRD = 'src/db/migrations/0003-any-deployment';
const SEVENTH = 'src/db/migrations/0007-changes';

/** Sabotage of the triggers: what they derive, record and say. */
export const TRIGGERS: readonly Mutant[] = [
  {
    name: 'a batch that does not wait for the one before',
    breaks: 'what is done side by side is recorded in order of the instants',
    file: `${THIRD}/gate.ts`,
    find: 'IF before IS NOT NULL THEN',
    replace: 'IF false THEN',
    caughtBy: tests('db/side-by-side', 'recorded behind it'),
  },
  {
    name: 'an edit without the gate',
    breaks: 'ids grow in commit order',
    file: `${SEVENTH}/commit.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: 'SELECT ${s}.shut_gate() FROM',
    replace: 'SELECT 1 FROM',
    caughtBy: tests('db/commit-order', 'second writer waits'),
  },
  {
    name: 'the SQL rule closed at the end',
    breaks: 'half-open: start <= now < end, spelt alike in both languages',
    file: `${FIRST}/rule.ts`,
    find: 'end_date IS NULL OR at < end_date',
    replace: 'end_date IS NULL OR at <= end_date',
    caughtBy: tests('db/status-rule', 'on PostgreSQL'),
  },
  {
    name: 'an edit without NOTIFY',
    breaks: 'G6: the new instant is armed within milliseconds',
    file: `${SEVENTH}/stages.ts`,
    find: 'IF n > 0 THEN',
    replace: "IF n > 0 AND TG_OP <> 'UPDATE' THEN",
    caughtBy: tests('db/notify', 'an update names'),
  },
  {
    name: 'an edit that is judged by the time at which its transaction began',
    breaks: 'an edit that waited for a row judges by the moment at which it has it',
    file: `${THIRD}/rule.ts`,
    find: 'clock_timestamp());\n  END IF;\n  ${goOnCounting',
    replace: 'now());\n  END IF;\n  ${goOnCounting',
    caughtBy: tests('db/writer-races', 'an edit that waited'),
  },
  {
    name: 'a gate that SET CONSTRAINTS shuts',
    breaks: 'no writer holds up a bell in the middle of a transaction',
    file: `${SEVENTH}/commit.ts`,
    find: "IF current_setting('stagebell.fires') = 'later' THEN",
    replace: 'IF true THEN',
    caughtBy: tests('db/strangers', 'SET CONSTRAINTS'),
  },
  {
    name: "functions that are everybody's",
    breaks: 'only the service passes the gate',
    file: `${THIRD}/gate.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: 'IF NOT ${s}.may_record() THEN',
    replace: 'IF false THEN',
    caughtBy: tests('db/strangers', 'cannot hang'),
  },
  {
    name: 'an advance that anybody may pretend',
    breaks: 'G5 whoever writes',
    file: `${THIRD}/rule.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: "= 'on' AND has_table_privilege(${table('transition')}, 'INSERT')",
    replace: "= 'on'",
    caughtBy: tests('db/strangers', 'cannot pass'),
  },
  {
    name: 'an author who is believed',
    breaks: 'nobody can pass for somebody else',
    file: `${SEVENTH}/author.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: ' OR NOT ${s}.may_record() THEN',
    replace: ' THEN',
    caughtBy: tests('db/strangers', 'cannot pass'),
  },
  {
    name: 'a version that ends',
    breaks: 'no row becomes one that cannot be updated',
    file: `${THIRD}/rule.ts`,
    find: 'greatest(OLD.version, 0) % 2147483647 + 1',
    replace: 'OLD.version + 1',
    caughtBy: tests('db/other-peoples-tables', 'on PostgreSQL goes on from 1'),
  },
  {
    name: 'a creation that writers date',
    breaks: 'what only we count is ours',
    file: `${THIRD}/rule.ts`,
    find: 'NEW.version = 1\n',
    replace: 'true OR NEW.version = 1\n',
    caughtBy: tests('db/other-peoples-tables', 'on PostgreSQL is ours'),
  },
  {
    name: 'a word into a full queue',
    breaks: 'a full notification queue fails no edit and no term',
    file: `${THIRD}/say.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: '> ${FULL_QUEUE} THEN',
    replace: '> 2 THEN',
    caughtBy: tests('db/full-queue', 'nothing is said'),
  },
  {
    name: 'a full queue that nobody looks behind',
    breaks: 'edits are found where nothing can be said',
    file: 'src/instance/health/full-queue.ts',
    find: "this.#dispatcher.tell({ kind: 'unsaid' });",
    replace: '',
    caughtBy: tests('db/full-queue', 'no bell from ringing'),
  },
  {
    name: 'an edit without its record',
    breaks: 'G5 no status changes off the record',
    file: `${SEVENTH}/commit.ts`,
    find: 'recorded < cardinality(NEW.stage_ids)',
    replace: 'false',
    caughtBy: tests('db/other-peoples-tables', 'keeps out of the record'),
  },
  {
    name: 'a bell without its record',
    breaks: 'G5 no status changes off the record',
    file: 'src/db/leading/advance.ts',
    find: 'IS TRUE)\n    THEN (SELECT',
    replace: 'IS NULL)\n    THEN (SELECT',
    caughtBy: tests('scheduler/stuck', 'a record that leaves its row out'),
  },
];
