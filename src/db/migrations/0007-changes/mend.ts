import { quoteLiteral } from '../../names.ts';
import { type Names, OWNER } from '../0003-any-deployment/names.ts';

/**
 * Lets the numbers of the record go on behind what is there: logical replication and restores by hand copy rows and
 * forget where the sequences were. Says whether that was so.
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
  ${goOn(`${quoteLiteral(sequence)}::regclass`, `greatest((SELECT max(id) FROM ${s}.transition), (SELECT max(number) FROM ${s}.change_commit), (SELECT up_to FROM ${s}.record_pruned))`)}
  ${goOn(table('change_statement_seq'), `(SELECT max(statement) FROM ${s}.change)`)}
  RETURN is_mended;
END
$fn$;

CREATE FUNCTION ${s}.mend_record_ids() RETURNS boolean ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.refuse_strangers();
  RETURN ${s}.record_goes_on();
END
$fn$;

-- TRUNCATE transition RESTART IDENTITY begins the numbers again, where changes still have theirs.
CREATE FUNCTION ${s}.transition_truncate() RETURNS trigger ${OWNER} AS $fn$
BEGIN
  PERFORM ${s}.record_goes_on();
  RETURN NULL;
END
$fn$;
CREATE TRIGGER transition_truncate AFTER TRUNCATE ON ${s}.transition
  FOR EACH STATEMENT EXECUTE FUNCTION ${s}.transition_truncate();
END`;
};
