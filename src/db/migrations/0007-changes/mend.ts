import { quoteLiteral } from '../../names.ts';
import { type Names, OWNER } from '../0003-any-deployment/names.ts';

/**
 * Lets the numbers of the record continue after the last row: logical replication and manual restores copy rows but not
 * sequences. Returns whether it had to change anything.
 */
export const mend = ({ s, table }: Names, sequence: string): string => {
  const goOn = (name: string, last: string) => `
  PERFORM setval(${name}, last) FROM (SELECT ${last} AS last) AS record WHERE last > coalesce(pg_sequence_last_value(${name}), 0);
  is_mended := is_mended OR FOUND;`;
  return `
BEGIN
CREATE FUNCTION ${s}.record_goes_on() RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
  is_mended boolean := false;
BEGIN
  -- Nobody may draw a number between the look and the setting.
  LOCK TABLE ${s}.change_gate IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE ${s}.record_gate IN SHARE ROW EXCLUSIVE MODE;
  ${goOn(`${quoteLiteral(sequence)}::regclass`, `greatest((SELECT max(id) FROM ${s}.transition), (SELECT max(number) FROM ${s}.change_commit), (SELECT up_to FROM ${s}.record_pruned))`)}
  ${goOn(table('change_statement_seq'), `greatest((SELECT max(statement) FROM ${s}.change), (SELECT max(statement) FROM ${s}.change_commit))`)}
  RETURN is_mended;
END
$fn$;

CREATE FUNCTION ${s}.mend_record_ids() RETURNS boolean ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.refuse_strangers();
  RETURN ${s}.record_goes_on();
END
$fn$;

-- TRUNCATE ... RESTART IDENTITY begins numbers again that are still there in another table.
CREATE FUNCTION ${s}.record_truncate() RETURNS trigger ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.record_goes_on();
  RETURN NULL;
END
$fn$;
CREATE TRIGGER record_truncate AFTER TRUNCATE ON ${s}.transition FOR EACH STATEMENT EXECUTE FUNCTION ${s}.record_truncate();
END`;
};
