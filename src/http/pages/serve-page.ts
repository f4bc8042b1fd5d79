import type { Router } from '@koa/router';
import { matchesIfNoneMatch } from '../etag.ts';
import type { PageFile } from './page-file.ts';

/**
 * What a page may do, which is more than an answer that is data (middleware/security-headers.ts): it runs our scripts
 * and calls our API. Nothing inline, nothing of another host.
 */
export const PAGE_HEADERS = new Map([
  ['Cache-Control', 'no-cache'],
  [
    'Content-Security-Policy',
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  ],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Referrer-Policy', 'no-referrer'],
]);

/** Serves the files of a page, each at its path, to anybody: they are in the repository too. */
export function servePage(router: Router, files: ReadonlyMap<string, PageFile>): void {
  for (const [path, file] of files) {
    router.get(path, async (ctx) => {
      ctx.state['route'] = path;
      // Relative addresses on the page begin at its folder, so it has one address.
      if (ctx.path.endsWith('/')) {
        ctx.status = 308;
        ctx.set('Location', `..${path.slice(path.lastIndexOf('/'))}`);
        return;
      }
      const { bytes, gzipped, tag } = await file.load();
      const isGzip = gzipped !== null && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
      ctx.res.setHeaders(PAGE_HEADERS);
      ctx.vary('Accept-Encoding');
      ctx.set('ETag', `"${tag}${isGzip ? '-gzip' : ''}"`);
      if (matchesIfNoneMatch(ctx.get('If-None-Match'), tag)) {
        ctx.status = 304;
        return;
      }
      ctx.set('Content-Type', file.type);
      if (isGzip) ctx.set('Content-Encoding', 'gzip');
      ctx.body = isGzip ? gzipped : bytes;
    });
  }
}
