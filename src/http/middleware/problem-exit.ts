import type { Middleware } from 'koa';
import { messageOf } from '../../base/errors.ts';
import type { HttpOptions } from '../options.ts';
import { PROBLEM_TYPE, problemBody, toProblem } from '../problem.ts';

/** One warning for all requests that an outage of the database fails within this time. */
const WARN_EVERY_MS = 10_000;

/** The one exit of errors. */
export function problemExit({ log, clock }: Pick<HttpOptions, 'log' | 'clock'>): Middleware {
  let warnedMs = Number.NEGATIVE_INFINITY;
  return async function problemExit(ctx, next) {
    try {
      await next();
    } catch (error) {
      const problem = toProblem(error);
      const { requestId: request_id, traceId: trace_id } = ctx.state as { requestId: string; traceId?: string };
      if (problem.isBug) log.error({ event: 'request_failed', request_id, trace_id, err: error }, messageOf(error));
      else if (problem.status === 503 && clock.monoMs() - warnedMs >= WARN_EVERY_MS) {
        warnedMs = clock.monoMs();
        log.warn(
          { event: 'unavailable', request_id, trace_id, code: problem.code, error: messageOf(error) },
          'requests cannot be answered',
        );
      }
      ctx.status = problem.status;
      // What the handler had said of its answer is not said of this one.
      for (const header of ['ETag', 'Location', 'Last-Modified']) ctx.remove(header);
      ctx.set({ ...problem.headers, 'Content-Type': PROBLEM_TYPE });
      ctx.body = problemBody(problem, request_id);
    }
  };
}
