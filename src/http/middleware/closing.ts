import type { Middleware } from 'koa';

/** While the server stops, every answer is the last on its connection. */
export function closing(isStopping: () => boolean): Middleware {
  return async function closing(ctx, next) {
    await next();
    if (isStopping()) ctx.set('Connection', 'close');
  };
}
