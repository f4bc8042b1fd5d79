import { quoteLiteral } from '../../names.ts';
import type { Names } from '../0003-any-deployment/names.ts';

/** As before (0007-changes/mend.ts), but the numbers also go on after the last alert. */
export const mend = ({ s, table }: Names, sequence: string): string => {
  const goOn = (name: string, last: string) => `
  PERFORM setval(${name}, last) FROM (SELECT ${last} AS last) AS record WHERE last > coalesce(pg_sequence_last_value(${name}), 0);
  is_mended := is_mended OR FOUND;`;
  return `
BEGIN
CREATE OR REPLACE FUNCTION ${s}.record_goes_on() RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
  is_mended boolean := false;
BEGIN
  -- Nobody may draw a number between the look and the setting.
  LOCK TABLE ${s}.change_gate IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE ${s}.record_gate IN SHARE ROW EXCLUSIVE MODE;
  ${goOn(`${quoteLiteral(sequence)}::regclass`, `greatest((SELECT max(id) FROM ${s}.transition), (SELECT max(number) FROM ${s}.change_commit), (SELECT max(number) FROM ${s}.alert_event), (SELECT up_to FROM ${s}.record_pruned))`)}
  ${goOn(table('change_statement_seq'), `greatest((SELECT max(statement) FROM ${s}.change), (SELECT max(statement) FROM ${s}.change_commit))`)}
  RETURN is_mended;
END
$fn$;
END`;
};
