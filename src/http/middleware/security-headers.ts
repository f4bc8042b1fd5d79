import type { Middleware } from 'koa';
import helmet from 'koa-helmet';

const protect = helmet({
  contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }, useDefaults: false },
});

/** Helmet's headers; and answers are for their reader alone, and asked for anew. */
export const securityHeaders: Middleware = (ctx, next) => {
  ctx.set('Cache-Control', 'private, no-cache');
  return protect(ctx, next);
};
