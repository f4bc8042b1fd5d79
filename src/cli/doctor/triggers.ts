import { type Check, fail, ok } from './check.ts';

const READ = {
  name: 'triggers',
  text: `SELECT tgname::text AS name, tgrelid::regclass::text AS table, tgenabled IN ('O', 'A') AS enabled FROM pg_trigger
    WHERE tgrelid IN ('stage'::regclass, 'assignment'::regclass, 'edit'::regclass, 'leadership'::regclass) AND NOT tgisinternal
    AND tgname ~ '^(stage_(derive_on_(insert|update)|notify_(insert|update|delete|truncate))|assignment_touch(_on_insert)?|edit_record|leadership_say)$'`,
};
const EXPECTED = 10;
const THEN_MEND = 'then the queries at the end of "Backup and restore" in docs/operations.md';

/** Those that write the record and tell of edits; `ALTER TABLE ... DISABLE TRIGGER` is easily forgotten. */
export const triggers: Check = {
  name: 'triggers',
  needs: 'database',
  async run({ db }) {
    const rows = await db.query<{ name: string; table: string; enabled: boolean }>(READ);
    const disabled = rows.filter((row) => !row.enabled);
    if (disabled.length > 0)
      return fail(
        'triggers_disabled',
        `disabled: ${disabled.map(({ name }) => name).join(', ')}`,
        `${[...new Set(disabled.map(({ table }) => `ALTER TABLE ${table} ENABLE TRIGGER USER`))].join('; ')}; ${THEN_MEND}`,
      );
    if (rows.length < EXPECTED)
      return fail(
        'triggers_missing',
        `${EXPECTED - rows.length} of ${EXPECTED} are missing`,
        `restore the schema from a backup or a fresh migration; ${THEN_MEND}`,
      );
    return ok('triggers_ok', `${rows.length} in force`);
  },
};
