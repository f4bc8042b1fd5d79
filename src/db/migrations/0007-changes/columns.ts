import type { Names } from '../0003-any-deployment/names.ts';

/** What integrators keep beside a row. */
const COLUMNS: readonly [name: string, type: string, rule: string][] = [
  ['external_id', 'text', 'char_length(external_id) BETWEEN 1 AND 200'],
  ['description', 'text', 'char_length(description) <= 5000'],
  ['metadata', 'jsonb', "jsonb_typeof(metadata) = 'object'"],
];

/**
 * Columns of these names that users have added already are taken over, where they are of the same type. The checks
 * hold for what is written from now on: to look at the rows that are there would take long.
 */
export const columns = ({ s, table }: Names): string => `
DECLARE
  found text;
BEGIN
${['assignment', 'stage']
  .flatMap((name) => COLUMNS.map(([column, type, rule]) => add(s, table(name), name, column, type, rule)))
  .join('\n')}
END`;

const add = (s: string, relation: string, table: string, column: string, type: string, rule: string): string => `
  SELECT format_type(atttypid, atttypmod) INTO found FROM pg_catalog.pg_attribute
    WHERE attrelid = ${relation} AND attname = '${column}' AND NOT attisdropped;
  IF found IS NULL THEN
    ALTER TABLE ${s}.${table} ADD COLUMN ${column} ${type};
  ELSIF found <> '${type}' THEN
    RAISE duplicate_column USING MESSAGE = 'the table ${table} has a column ${column} of the type ' || found || ', and this release needs one of the type ${type}';
  END IF;
  ALTER TABLE ${s}.${table} ADD CONSTRAINT ${table}_${column}_form CHECK (${rule}) NOT VALID;`;
