import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from 'koa';

/**
 * The scheme and the host by which this request reached us, as a proxy in front says it. Whoever asks can say what it
 * likes, so this is good only for telling that same caller where something is.
 */
export function originOf({ req }: Pick<Context, 'req'>): string {
  const { headers } = req;
  const scheme = firstOf(headers, 'x-forwarded-proto') === 'https' ? 'https' : 'http';
  return `${scheme}://${firstOf(headers, 'x-forwarded-host') ?? headers.host ?? 'localhost'}`;
}

function firstOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.split(',', 1)[0]?.trim().toLowerCase() : undefined;
}
