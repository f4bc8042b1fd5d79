import type { Names } from '../0003-any-deployment/names.ts';

/** The fields that integrators keep with a row. */
const COLUMNS: readonly [name: string, type: string, rule: string][] = [
  ['external_id', 'text', 'char_length(external_id) BETWEEN 1 AND 200'],
  ['description', 'text', 'char_length(description) <= 5000'],
  ['metadata', 'jsonb', "jsonb_typeof(metadata) = 'object'"],
];

/**
 * If users have already added columns with these names and types, they are kept as they are. They get no check: it
 * would run at every update of a row, so a value in them could keep a stage from moving. Our checks are NOT VALID,
 * because reading rows with nothing in the column yet takes long.
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
