import { instantOf } from '../entities/instant.ts';

/** A part of a WHERE clause, with the values of its `?`. */
export interface Condition {
  sql: string;
  values: readonly unknown[];
}

export const condition = (sql: string, ...values: unknown[]): Condition => ({ sql, values });

/** All of them at once; always true where there are none. */
export const all = (conditions: readonly Condition[]): Condition => ({
  sql: conditions.length === 0 ? 'true' : conditions.map(({ sql }) => sql).join(' AND '),
  values: conditions.flatMap(({ values }) => values),
});

/** A span of time, half-open; null where it has no bound. Epoch milliseconds. */
export interface Span {
  fromMs: number | null;
  beforeMs: number | null;
}

export function within(column: string, { fromMs, beforeMs }: Span): Condition[] {
  return [
    ...(fromMs === null ? [] : [condition(`${column} >= ?::timestamptz`, instantOf(fromMs))]),
    ...(beforeMs === null ? [] : [condition(`${column} < ?::timestamptz`, instantOf(beforeMs))]),
  ];
}

export const isBounded = ({ fromMs, beforeMs }: Span): boolean => fromMs !== null || beforeMs !== null;
