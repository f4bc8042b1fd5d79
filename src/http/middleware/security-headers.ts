import type { Middleware } from 'koa';

/**
 * What the OWASP cheat sheet on REST security asks of answers that are data, not pages. Strict-Transport-Security is
 * missing: it is for the proxy that ends TLS, which knows its own names. Cache-Control: only the reader may keep an
 * answer, and must ask again with its ETag.
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
