import type { Names } from './names.ts';

/**
 * Before the triggers take over `created_at`, repairs values that SQL has written there in `assignment`, where it is
 * the place of a row in a list (index assignment_by_age). In `stage` it is not, and readers show the nearest instant
 * that can be shown (db/read/stages.ts).
 */
export const repair = ({ s }: Names): string => `
UPDATE ${s}.assignment SET created_at = clock_timestamp() WHERE created_at >= '2200-01-01Z';
UPDATE ${s}.assignment SET created_at = '1970-01-01Z' WHERE created_at < '1970-01-01Z';
`;
