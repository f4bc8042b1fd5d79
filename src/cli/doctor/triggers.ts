import { type Check, fail, ok } from './check.ts';

const READ = {
  name: 'triggers',
  text: `SELECT tgname::text AS name, tgenabled IN ('O', 'A') AS enabled FROM pg_trigger
    WHERE tgrelid = 'stage'::regclass AND NOT tgisinternal AND tgname LIKE 'stage\\_%'`,
};
const EXPECTED = 8;
const THEN_MEND = 'then the queries at the end of "Backup and restore" in docs/operations.md';

/** Those that write the record and tell of edits; `ALTER TABLE ... DISABLE TRIGGER` is easily forgotten. */
export const triggers: Check = {
  name: 'triggers',
  needs: 'database',
  async run({ db }) {
    const rows = await db.query<{ name: string; enabled: boolean }>(READ);
    const disabled = rows.filter((row) => !row.enabled).map((row) => row.name);
    if (disabled.length > 0)
      return fail(
        'triggers_disabled',
        `disabled: ${disabled.join(', ')}`,
        `ALTER TABLE stage ENABLE TRIGGER USER; ${THEN_MEND}`,
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
