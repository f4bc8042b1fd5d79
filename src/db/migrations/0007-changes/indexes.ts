import type { Names } from '../0003-any-deployment/names.ts';

/** As db/schema/later-indexes.ts has them, frozen with the migration. */
const LATER = [
  ['INDEX transition_of_assignment', 'transition', '(assignment_id, id)'],
  ['UNIQUE INDEX assignment_by_external_id', 'assignment', '(external_id) WHERE external_id IS NOT NULL'],
  ['UNIQUE INDEX stage_by_external_id', 'stage', '(external_id, assignment_id) WHERE external_id IS NOT NULL'],
  ['INDEX assignment_by_update', 'assignment', '(updated_at, id)'],
  ['INDEX assignment_by_title', 'assignment', '(title, id)'],
];

/** A new database gets all of them at once. In others they are built afterwards, while the service runs. */
export const indexes = ({ s }: Names): string => `
BEGIN
  IF NOT EXISTS (SELECT FROM ${s}.assignment) AND NOT EXISTS (SELECT FROM ${s}.transition) THEN
${LATER.map(([index, table, on]) => `    CREATE ${index} ON ${s}.${table} ${on};`).join('\n')}
  END IF;
END`;
