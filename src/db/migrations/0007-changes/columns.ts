import type { Names } from '../0003-any-deployment/names.ts';

/** What integrators keep beside a row. */
const COLUMNS: readonly [name: string, type: string, rule: string][] = [
  ['external_id', 'text', 'char_length(external_id) BETWEEN 1 AND 200'],
  ['description', 'text', 'char_length(description) <= 5000'],
  ['metadata', 'jsonb', "jsonb_typeof(metadata) = 'object'"],
];

/**
 * Columns of these names that users have added already are taken over as they are, where they are of the same type. A
 * check would be made at every update of a row, so what they hold could keep a stage from moving. Ours are NOT VALID
 * because to look at rows that have nothing in the column yet takes long.
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
    ALTER TABLE ${s}.${table} ADD CONSTRAINT ${table}_${column}_form CHECK (${rule}) NOT VALID;
  ELSIF found <> '${type}' THEN
    RAISE duplicate_column USING MESSAGE = 'the table ${table} has a column ${column} of the type ' || found || ', and this release needs one of the type ${type}';
  END IF;`;
