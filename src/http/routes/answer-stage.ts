import type { StageRow } from '../../db/read/stages.ts';
import { etagOf } from '../etag.ts';
import { presentStage } from '../present.ts';
import { stage } from '../schema/output.ts';

export const STAGE = { description: 'The stage as it is now.', body: stage, headers: ['ETag'] } as const;

/** One stage, with its version as the ETag. */
export const answerStage = (row: StageRow) => ({
  status: 200 as const,
  headers: { ETag: etagOf(row.version) },
  body: presentStage(row),
});
