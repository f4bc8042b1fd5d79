import type { Middleware } from 'koa';
import { StagebellError } from '../../base/errors.ts';
import type { ServiceView } from '../service-view.ts';

/** Until the database and its tables are there, only the probes can be answered. */
export function starting(view: ServiceView): Middleware {
  return async function starting(ctx, next) {
    if (view.isStarting && ctx.path.includes('/v1/')) {
      throw new StagebellError(
        'starting',
        503,
        'The service is starting and preparing its tables: try again in a moment.',
      );
    }
    await next();
  };
}
