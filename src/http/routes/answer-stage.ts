import type { Context } from 'koa';
import type { StageRow } from '../../db/read-stages.ts';
import { etagOf } from '../etag.ts';
import { presentStage } from '../present.ts';

/** One stage, with its version as the ETag. */
export function answerStage(ctx: Context, stage: StageRow): void {
  ctx.set('ETag', etagOf(stage.version));
  ctx.body = presentStage(stage);
}
