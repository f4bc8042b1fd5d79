import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

/** What a router in front of us sends, and nothing that would break a log line. */
const SANE = /^[\w.:+/=-]{1,200}$/;

/** The id under which client, log and answer name one request. */
export const requestId: Middleware = (ctx, next) => {
  const given = ctx.get('X-Request-Id');
  const id = SANE.test(given) ? given : randomUUID();
  ctx.state['requestId'] = id;
  ctx.set('X-Request-Id', id);
  return next();
};
