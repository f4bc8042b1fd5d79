import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

/** Ids that routers in front of us send, and nothing that would break a log line. */
const SANE = /^[\w.:+/=-]{1,200}$/;

/** W3C trace context, version 00: the trace that this request is part of. */
const TRACE_PARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The id of a request, the same for client, log and answer. */
export const requestId: Middleware = (ctx, next) => {
  const given = ctx.get('X-Request-Id');
  const id = SANE.test(given) ? given : randomUUID();
  ctx.state['requestId'] = id;
  const trace = ctx.get('traceparent');
  // The length is checked before the text.
  if (trace.length === 55) ctx.state['traceId'] = TRACE_PARENT.exec(trace)?.[1];
  ctx.set('X-Request-Id', id);
  return next();
};
