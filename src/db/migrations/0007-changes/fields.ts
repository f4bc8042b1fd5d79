/** The fields of a row that a change keeps, by their columns, which are their names in the API as well. */
export const STAGE_FIELDS = [
  'assignment_id',
  'name',
  'position',
  'start_date',
  'end_date',
  'external_id',
  'description',
  'metadata',
] as const;
export const ASSIGNMENT_FIELDS = ['title', 'time_zone', 'external_id', 'description', 'metadata'] as const;
type Fields = readonly string[];

/** All fields of a row as a JSON object. */
export const whole = (fields: Fields, row: string): string =>
  `jsonb_build_object(${fields.map((name) => `'${name}', ${row}.${name}`).join(', ')})`;

export const differs = (fields: Fields, old: string, now: string): string => {
  const of = (row: string) => fields.map((name) => `${row}.${name}`).join(', ');
  return `(${of(old)}) IS DISTINCT FROM (${of(now)})`;
};

/** Of `row`, the fields in which it differs from `other`. */
export const difference = (fields: Fields, row: string, other: string): string =>
  fields
    .map(
      (name) =>
        `CASE WHEN ${row}.${name} IS DISTINCT FROM ${other}.${name} THEN jsonb_build_object('${name}', ${row}.${name}) ELSE '{}' END`,
    )
    .join(' || ');

/**
 * For functions that write changes. Instants are written in UTC, whatever the writer's zone is. And transition tables
 * have no statistics: a nested loop over 10,000 rows takes ten seconds.
 */
export const WRITING = "SET TimeZone = 'UTC' SET enable_nestloop = off";
