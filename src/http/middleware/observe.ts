import type { Middleware } from 'koa';
import type { HttpOptions } from '../options.ts';

/** Measures every request, and logs it at debug: busy instances do not write a line for each. */
export function observe({ clock, log, metrics }: Pick<HttpOptions, 'clock' | 'log' | 'metrics'>): Middleware {
  return async function observe(ctx, next) {
    const startMs = clock.monoMs();
    await next();
    const ms = clock.monoMs() - startMs;
    const {
      route = 'none',
      requestId: request_id,
      actor,
    } = ctx.state as { route?: string; requestId: string; actor?: string };
    metrics.observeHttp(route, ctx.method, ctx.status, ms / 1000);
    log.debug({ event: 'request', request_id, method: ctx.method, path: ctx.path, status: ctx.status, ms, actor });
  };
}
