import { TRIGGERS } from '../../db/schema/drift.ts';
import { type Check, fail, ok } from './check.ts';

const READ = {
  name: 'triggers',
  text: `SELECT trig AS name, tab AS table, tgenabled IN ('O', 'A') AS enabled FROM unnest($1::text[], $2::text[]) AS wanted (tab, trig)
    JOIN pg_trigger ON tgrelid = to_regclass(tab) AND tgname = trig`,
};
const THEN_MEND = 'then run the queries at the end of "Backup and restore" in docs/operations.md';

/** The triggers that write the record and announce edits; `ALTER TABLE ... DISABLE TRIGGER` is easily forgotten. */
export const triggers: Check = {
  name: 'triggers',
  needs: 'database',
  async run({ db }) {
    const rows = await db.query<{ name: string; table: string; enabled: boolean }>(READ, TRIGGERS);
    const disabled = rows.filter((row) => !row.enabled);
    if (disabled.length > 0)
      return fail(
        'triggers_disabled',
        `disabled: ${disabled.map(({ name }) => name).join(', ')}`,
        `${[...new Set(disabled.map(({ table }) => `ALTER TABLE ${table} ENABLE TRIGGER USER`))].join('; ')}; ${THEN_MEND}`,
      );
    const expected = TRIGGERS[0].length;
    if (rows.length < expected)
      return fail(
        'triggers_missing',
        `${expected - rows.length} of ${expected} are missing`,
        `restore the schema from a backup or a fresh migration; ${THEN_MEND}`,
      );
    return ok('triggers_ok', `${rows.length} enabled`);
  },
};
