import type { Middleware } from 'koa';
import type { HttpOptions } from '../options.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

interface State {
  route?: string;
  requestId: string;
  traceId?: string;
  actor?: string | null;
  isRehearsal?: boolean;
}

/**
 * Measures every request. Edits and refusals are logged at info, because somebody may ask later who changed what, or
 * who was turned away. All others are logged at debug, so that a busy instance does not write a line for each.
 */
export function observe({ clock, log, metrics }: Pick<HttpOptions, 'clock' | 'log' | 'metrics'>): Middleware {
  return async function observe(ctx, next) {
    const startMs = clock.monoMs();
    await next();
    const ms = clock.monoMs() - startMs;
    const { method, path, status } = ctx;
    const { route, requestId: request_id, traceId: trace_id, actor, isRehearsal = false } = ctx.state as State;
    // A stream has only begun.
    if (ctx.respond === false) return;
    metrics.observeHttp(route ?? 'none', method, status, ms / 1000);
    const isDenied = status === 401 || status === 403;
    const isEdit = status < 300 && !READS.has(method) && route !== undefined && !isRehearsal;
    const event = isDenied ? 'denied' : isEdit ? 'edit' : 'request';
    const level = event === 'request' ? 'debug' : 'info';
    // Without keys the actor is null: nobody knows who it was.
    const took_ms = Math.round(ms * 10) / 10;
    log[level]({ event, request_id, trace_id, method, path: path.slice(0, 200), status, took_ms, actor });
  };
}
