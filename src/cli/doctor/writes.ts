import { messageOf } from '../../base/errors.ts';
import { type Check, type Finding, fail, ok } from './check.ts';

/** What the service does to each of its tables, on no row; and one row, which needs room on the disk. All of it is taken back. */
const TRY = {
  name: 'try_to_write',
  text: `DO $$ BEGIN
    UPDATE stage SET name = name WHERE false;
    UPDATE assignment SET title = title WHERE false;
    UPDATE leadership SET heartbeat_at = heartbeat_at WHERE false;
    INSERT INTO transition (stage_id, assignment_id, from_status, to_status, occurred_at, cause)
      SELECT gen_random_uuid(), gen_random_uuid(), '', '', now(), 'edit' WHERE false;
    PERFORM FROM stage WHERE status = 'pending' AND start_date <= '-infinity' LIMIT 1 FOR UPDATE;
    BEGIN
      INSERT INTO term (epoch, instance, started_at) VALUES (-1 - floor(random() * 1e15)::bigint, 'probe', now());
      RAISE EXCEPTION USING ERRCODE = 'SB001';
    EXCEPTION WHEN SQLSTATE 'SB001' THEN NULL;
    END;
  END $$`,
};

const GRANTS = 'grant what docs/operations.md lists under "Roles and grants", or make the role the owner of the tables';
const SECURITY =
  'ALTER ROLE ... BYPASSRLS for the role of DATABASE_URL, or ALTER TABLE ... DISABLE ROW LEVEL SECURITY; where the role owns the table, NO FORCE ROW LEVEL SECURITY';
const PRIMARY =
  'none while a fail-over is under way; else DATABASE_URL must name the primary, and default_transaction_read_only must be off: ALTER ROLE ... RESET default_transaction_read_only, and the same for the database';
const ROOM = 'give it room; look at pg_wal and at replication slots that nobody reads. It goes on by itself';

/** Writes as the service does: to answer SELECT is not enough. */
export const writes: Check = {
  name: 'writes',
  needs: 'database',
  async run(patient) {
    try {
      await patient.db.query(TRY);
      return ok('writes_ok', 'written and taken back');
    } catch (error) {
      const finding = causeOf(error);
      if (finding === null) throw error;
      patient.cannotWrite = { text: finding.text, cure: finding.cure ?? '' };
      return finding;
    }
  },
};

function causeOf(error: unknown): Finding | null {
  const told = messageOf(error);
  switch (sqlState(error)) {
    case '25006':
      return fail('writes_read_only', `the database is read-only: nothing can be moved or edited (${told})`, PRIMARY);
    case '53100':
      return fail('writes_disk_full', `PostgreSQL has no room left on its disk (${told})`, ROOM);
    case '42501':
      return /row-level security/.test(told)
        ? fail('writes_row_security', `row-level security hides rows from the database role (${told})`, SECURITY)
        : fail('writes_no_right', `the database role lacks a right (${told})`, GRANTS);
    default:
      return null;
  }
}

function sqlState(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  return cause !== undefined && cause !== error ? sqlState(cause) : '';
}
