import type { Names } from '../0003-any-deployment/names.ts';
import { ASSIGNMENT_EDITED, assignmentTouch, STAGE_EDITED, stageDerive } from '../0003-any-deployment/rule.ts';

const NEW_FIELDS = ['external_id', 'description', 'metadata'];

/** As before, but an edit of the new fields raises the version too. */
export const counting = ({ s }: Names): string => `
BEGIN
${stageDerive(s, [...STAGE_EDITED, ...NEW_FIELDS])}
${assignmentTouch(s, [...ASSIGNMENT_EDITED, ...NEW_FIELDS])}
END`;
