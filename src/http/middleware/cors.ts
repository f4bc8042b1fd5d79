import koaCors from '@koa/cors';
import type { Middleware } from 'koa';

/** What a page may read of an answer, besides what any page may. */
const EXPOSED = [
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'Idempotency-Replayed',
  'RateLimit-Policy',
  'RateLimit',
  'WWW-Authenticate',
];
/** What a page may send. */
const SENT = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'On-Behalf-Of',
  'X-Request-Id',
  'traceparent',
];
const REMEMBERED_S = 600;

/**
 * Lets pages of these origins call. They show a key or a token as everybody does: cookies are never allowed, so a page
 * can do nothing in the name of whoever looks at it. Preflights are answered here, for all paths.
 */
export function cors(origins: readonly string[]): Middleware {
  return koaCors({
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      // Empty: no header is sent, and the browser keeps the answer from the page.
      return origins.includes(origin) ? origin : '';
    },
    exposeHeaders: EXPOSED,
    allowHeaders: SENT,
    maxAge: REMEMBERED_S,
    // For pages of a public site that call this machine, if their origin is named.
    privateNetworkAccess: true,
    // Errors become answers further in.
    keepHeadersOnError: false,
  }) as Middleware;
}
