import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../base/loopback.ts';
import { HttpRefusal } from './http-refusals.ts';

/**
 * Without keys, anybody who can reach the service may use it. That includes every web page opened in a browser on this
 * machine. Two checks keep pages out. Host reveals a page whose own name resolves to us (DNS rebinding). Sec-Fetch-Site
 * or Origin, which no page can forge, reveals a form or a request from another site.
 * @param hosts names under which the service may be asked, besides those of this machine; undefined: any
 * @param origins pages of these may call, because they are named in CORS_ORIGINS
 * @throws HttpRefusal 403
 */
export function checkSite(
  method: string,
  headers: IncomingHttpHeaders,
  hosts: readonly string[] | undefined,
  origins: readonly string[] = [],
): void {
  const { host, origin } = headers;
  if (hosts !== undefined && host !== undefined && !isKnown(host, hosts)) {
    throw new HttpRefusal(
      'foreign_host',
      403,
      `No key is needed here, so only names of this machine are answered, and ${host.slice(0, 100)} is not one: ask for http://127.0.0.1 or http://localhost, name it in ALLOWED_HOSTS, or set API_KEYS.`,
    );
  }
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none' || (origin !== undefined && origins.includes(origin))) return;
  const isForeign =
    origin === undefined ? site !== undefined && method !== 'GET' && method !== 'HEAD' : !isOwn(origin, headers);
  if (!isForeign) return;
  throw new HttpRefusal(
    'foreign_origin',
    403,
    `No key is needed here, so no page of another site is answered${origin === undefined ? '' : `, such as ${origin.slice(0, 100)}`}: call from a server of yours instead, name it in CORS_ORIGINS, or set API_KEYS.`,
  );
}

function isKnown(host: string, hosts: readonly string[]): boolean {
  const name = nameOf(host);
  return isLoopback(name) || hosts.includes(name);
}

/** Without the port, the brackets of an IPv6 address, and the dot at the end. */
function nameOf(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host.trim()) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
}

/** A proxy may call us by another name than the page does. A page of another site cannot set these headers. */
function isOwn(origin: string, headers: IncomingHttpHeaders): boolean {
  const forwarded = headers['x-forwarded-host'];
  const names = [headers.host, ...(typeof forwarded === 'string' ? forwarded.split(',') : [])];
  const asked = URL.parse(origin)?.host;
  return asked !== undefined && asked !== '' && names.some((name) => name?.trim().toLowerCase() === asked);
}
