/** The fields of a row that a change keeps, by column; the API uses the same names. */
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

/** The fields of `row` that differ from `other`. */
export const difference = (fields: Fields, row: string, other: string): string =>
  fields
    .map(
      (name) =>
        `CASE WHEN ${row}.${name} IS DISTINCT FROM ${other}.${name} THEN jsonb_build_object('${name}', ${row}.${name}) ELSE '{}' END`,
    )
    .join(' || ');

/**
 * Settings of functions that write changes. Instants are written in UTC, whatever the writer's zone. No nested loops:
 * transition tables have no statistics, and one over 10,000 rows takes ten seconds.
 */
export const WRITING = "SET TimeZone = 'UTC' SET enable_nestloop = off";
