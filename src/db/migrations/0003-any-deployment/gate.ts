import { type Names, OWNER } from './names.ts';

/**
 * The gate of the record, out of other people's reach. It was an advisory lock, which anybody may take. Now it is a
 * lock on a table on which only the owner has rights. Functions take it for roles that may write the record. Likewise
 * the order of batches: locks on rows of a table instead of advisory locks.
 */
export const gate = ({ s, table }: Names): string => `
-- Of no columns and no rows: there is nothing that a restore could forget.
CREATE TABLE ${s}.record_gate ();

-- A batch locks the row of its number, modulo 64. Two that share a row wait for each other, which harms nobody.
CREATE TABLE ${s}.batch_slot (number integer PRIMARY KEY);
INSERT INTO ${s}.batch_slot SELECT generate_series(0, 63);

-- Whether the caller may write the record: the service may, those who only write stages may not. The setting
-- 'role' is what SET ROLE said; it shows through a function that has its owner's rights, and current_user does not.
CREATE FUNCTION ${s}.may_record() RETURNS boolean LANGUAGE sql STABLE AS $fn$
  SELECT pg_catalog.has_table_privilege(
    coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user)::name, ${table('transition')}, 'INSERT')
$fn$;

CREATE FUNCTION ${s}.refuse_strangers() RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  IF NOT ${s}.may_record() THEN
    RAISE insufficient_privilege USING MESSAGE = 'only who may INSERT into the table transition may advance stages',
      HINT = 'GRANT INSERT ON transition TO the role of the service.';
  END IF;
END
$fn$;

-- Whoever may not lock the table cannot shut the gate: it is called with the owner's rights.
CREATE FUNCTION ${s}.shut_gate() RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  LOCK TABLE ${s}.record_gate IN SHARE ROW EXCLUSIVE MODE;
END
$fn$;

CREATE OR REPLACE FUNCTION ${s}.transition_gate() RETURNS void ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.refuse_strangers();
  PERFORM ${s}.shut_gate();
END
$fn$;

-- A notice is with the client at once, while the statement goes on. The lock comes first: whoever hears it finds it.
CREATE OR REPLACE FUNCTION ${s}.batch_chosen(number integer) RETURNS void ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.refuse_strangers();
  PERFORM FROM ${s}.batch_slot AS slot WHERE slot.number = batch_chosen.number % 64 FOR UPDATE;
  RAISE NOTICE 'batch chosen';
END
$fn$;

-- The gate of the record, behind the batch before; null: there is none.
CREATE OR REPLACE FUNCTION ${s}.batch_gate(before integer) RETURNS void ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.refuse_strangers();
  IF before IS NOT NULL THEN
    PERFORM FROM ${s}.batch_slot AS slot WHERE slot.number = before % 64 FOR SHARE;
  END IF;
  PERFORM ${s}.shut_gate();
END
$fn$;
DROP FUNCTION ${s}.batch_key(integer);
`;
