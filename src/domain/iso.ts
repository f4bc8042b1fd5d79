const FIRST_MS = Date.parse('1970-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('2199-12-31T23:59:59.999Z');

/**
 * An instant as the outside sees it: UTC with milliseconds. SQL can write instants that no request may: infinite ones,
 * and years of five digits. They are shown as the nearest allowed instant, so that one such row does not make a whole
 * list unreadable.
 */
export const iso = (ms: number): string => new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
