import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { MethodNotAllowedError, NoRouteError, NotImplementedError } from '../http-refusals.ts';
import type { HttpOptions } from '../options.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Answers what no route took: 501, 404, 405, or the answer to OPTIONS. */
export function noRoute(router: Router, role: HttpOptions['role']): Middleware {
  return function noRoute(ctx) {
    const { method, path } = ctx;
    if (!METHODS.has(method)) throw new NotImplementedError(method);
    const layers = router.match(path, method).path;
    if (layers.length === 0) {
      throw new NoRouteError(
        role === 'clock'
          ? 'This instance has ROLE=clock: it serves only /livez, /readyz, /metrics and /openapi.json.'
          : 'There is nothing at this path.',
      );
    }
    const allowed = [...new Set(layers.flatMap((layer) => layer.methods)), 'OPTIONS'].sort();
    if (method !== 'OPTIONS') throw new MethodNotAllowedError(method, path.slice(0, 100), allowed);
    ctx.status = 204;
    ctx.set('Allow', allowed.join(', '));
  };
}
