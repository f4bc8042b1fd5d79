import type { Middleware } from 'koa';

/**
 * Something in front of the service gives it a path: BASE_PATH. Requests are taken with that path and without it,
 * because some proxies remove it. What answers say of where things are has it.
 * @param base without a slash at its end
 */
export function basePath(base: string): Middleware {
  return async function basePath(ctx, next) {
    const { url } = ctx;
    const rest = url.slice(base.length);
    if (url.startsWith(base) && /^([/?]|$)/.test(rest)) ctx.url = rest.startsWith('/') ? rest : `/${rest}`;
    await next();
    if (ctx.headerSent) return;
    const { location, link } = ctx.response.headers;
    if (typeof location === 'string' && location.startsWith('/')) ctx.set('Location', base + location);
    if (typeof link === 'string') ctx.set('Link', link.replace(/^<\//, `<${base}/`));
  };
}
