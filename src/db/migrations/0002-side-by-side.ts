import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier, quoteLiteral } from '../names.ts';

/**
 * Batches of one burst side by side, and the record still in order of the instants: a batch says when it
 * has its rows, so that the next one, on another connection, can begin and choose from what is left. The
 * costly part, the update, is done at the same time; and before the next one takes ids for the record it
 * waits for the end of this one. Numbers of batches are keys of locks, held to the end of the commit.
 */
export class SideBySide extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    this.addSql(`DO $script$ BEGIN ${sideBySide(quoteIdentifier(String(row?.['name'])))} END $script$`);
  }
}

const sideBySide = (s: string): string => `
CREATE FUNCTION ${s}.batch_key(number integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (${quoteLiteral(`${s}.transition`)}::regclass::oid::bigint << 32) | number
$$;

-- A notice is with the client at once, while the statement goes on. The lock comes first: whoever hears it finds it.
CREATE FUNCTION ${s}.batch_chosen(number integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(${s}.batch_key(number));
  RAISE NOTICE 'batch chosen';
END
$$;

-- The gate of the record, behind the batch before; null: there is none.
CREATE FUNCTION ${s}.batch_gate(before integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF before IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock_shared(${s}.batch_key(before));
  END IF;
  PERFORM ${s}.transition_gate();
END
$$;
`;
