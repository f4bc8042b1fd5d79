import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { type Fault, NotFoundError, ValidationError } from '../base/errors.ts';
import { readJson } from './body.ts';
import { faultsOf } from './faults.ts';
import type { Route } from './route.ts';
import { authorize, type Security } from './security.ts';

/** Serves a route: who asks, then what is asked, then the handler. */
export function mount(router: Router, route: Route, { security, clock }: { security: Security; clock: Clock }): void {
  router[route.method](route.path, async (ctx) => {
    const context = ctx as unknown as Context;
    const { state, req } = context;
    state['route'] = route.path;
    const actor = route.scope === null ? null : authorize(security, req.headers.authorization, route.scope);
    state['actor'] = actor;
    const params = route.params === undefined ? undefined : parseParams(route.params, ctx.params);
    const faults: Fault[] = [];
    const query = parse(route.query, { ...context.query }, 'query', faults);
    const body = route.body === undefined ? undefined : parse(route.body, await readJson(req, clock), 'body', faults);
    if (faults.length > 0) throw new ValidationError(faults);
    await route.handle({ ctx: context, params, query, body, actor });
  });
}

/** An id that cannot be one names nothing. */
function parseParams(schema: z.ZodType, params: Record<string, string>): unknown {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw new NotFoundError('resource', (Object.values(params)[0] ?? '').slice(0, 60));
  return parsed.data;
}

function parse(schema: z.ZodType | undefined, value: unknown, place: 'query' | 'body', faults: Fault[]): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  faults.push(...faultsOf(parsed.error, schema, place));
  return undefined;
}
