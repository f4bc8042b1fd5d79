import type { Middleware } from 'koa';

/**
 * What the OWASP cheat sheet on REST security asks of answers that are data and no pages, the same for each.
 * Strict-Transport-Security is missing: whoever ends the TLS in front of us says it, for names that are theirs.
 * Cache-Control: answers are for their reader alone, and asked for anew, by their ETag.
 */
const HEADERS = new Map([
  ['Cache-Control', 'private, no-cache'],
  ['Content-Security-Policy', "default-src 'none';frame-ancestors 'none'"],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
]);

export const securityHeaders: Middleware = (ctx, next) => {
  ctx.res.setHeaders(HEADERS);
  return next();
};
