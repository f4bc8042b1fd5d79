import type { IncomingMessage } from 'node:http';
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Principal } from '../access/authenticator.ts';
import { actorOf, type Caller } from '../access/caller.ts';
import type { Clock } from '../base/clock.ts';
import { NotFoundError, ValidationError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { bytesOf, hasBody, type JsonBody, readJson } from './body.ts';
import { checkConditions } from './conditions.ts';
import type { Gate } from './gate.ts';
import { BadRequestError } from './http-refusals.ts';
import { idempotencyKeyOf, mayBeRepeated, onceOnly } from './idempotency.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { onBehalfOf } from './on-behalf-of.ts';
import { queryOf } from './query.ts';
import type { RateLimits } from './rate-limits.ts';
import { Faults, type InputPart } from './request-faults.ts';
import type { Route } from './route.ts';
import { authorize, type Security } from './security.ts';
import { send } from './send.ts';

interface Around {
  security: Security;
  clock: Clock;
  gate: Gate;
  database: Database;
  answers: KeptAnswers;
  limits: RateLimits;
}

/** Of a request that has neither parameters nor a body. */
const NOTHING: Parsed = { query: undefined, body: undefined, given: undefined };

interface Parsed {
  query: unknown;
  body: unknown;
  /** The body as it came. */
  given: unknown;
}

/** The caller of a route that is open to everybody. */
const NOBODY: Principal = { name: null, scopes: [] };

/**
 * Serves a route: first it checks the caller, then the request, then it calls the handler. What is not understood is
 * not done.
 */
export function mount(
  router: Router,
  route: Route,
  { security, clock, gate, database, answers, limits }: Around,
): void {
  const pause = (): Promise<void> => clock.sleep(0);
  router[route.method](route.path, async (ctx) => {
    const context = ctx as unknown as Context;
    const { state, req } = context;
    state['route'] = route.path;
    const { scope } = route;
    const principal = scope === null ? NOBODY : await limits.authorized(req, () => authorize(security, req, scope));
    const user = route.isLenient === true ? null : onBehalfOf(req.headers['on-behalf-of']);
    const caller: Caller = { ...principal, onBehalfOf: user };
    state['actor'] = actorOf(caller);
    const params = route.params === undefined ? undefined : parseParams(route.params, ctx.params);
    const call = { ctx: context, params, query: undefined, body: undefined, caller };
    // Probes are answered however busy the instance is.
    if (route.isLenient === true) {
      await send(context, route, await route.handle(call), pause);
      return;
    }
    if (scope !== null) await limits.count(context, principal);
    checkTarget(req.url ?? '');
    checkConditions(route, req.headers);
    if (hasBody(req)) gate.hold(bytesOf(req), context.res);
    const key = mayBeRepeated(route) ? idempotencyKeyOf(req) : null;
    const { given, ...parsed } = hasNothingToParse(route, req) ? NOTHING : await parseAll(route, req, clock);
    const asked = { ...call, ...parsed };
    const answer = await gate.pass(() =>
      key === null ? route.handle(asked) : onceOnly({ database, answers, pause }, route, asked, { key, given }),
    );
    gate.weigh(await send(context, route, answer, pause), context.res);
  });
}

/** Most requests are a path alone, on a route that takes nothing else: there is nothing to parse. */
function hasNothingToParse(route: Route, req: IncomingMessage): boolean {
  const { query, body } = route;
  return query === undefined && body === undefined && !hasBody(req) && req.url?.includes('?') !== true;
}

/**
 * What is not percent-encoded UTF-8 would be stored, or looked for, as something else: the router keeps `caf%E9` as it
 * is, and URLSearchParams puts U+FFFD in its place.
 * @throws BadRequestError
 */
function checkTarget(target: string): void {
  if (!target.includes('%')) return;
  try {
    decodeURIComponent(target);
  } catch {
    throw new BadRequestError(
      'malformed_request',
      'The URL has a % that begins no percent-encoded UTF-8: write %25 for a percent sign itself, and %C3%A9 for é.',
    );
  }
}

/** A malformed id names nothing, so it is 404. */
function parseParams(schema: z.ZodType, params: Record<string, string>): unknown {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw new NotFoundError('resource', (Object.values(params)[0] ?? '').slice(0, 60));
  return parsed.data;
}

/** For routes that take neither. Clients that always send JSON send an empty object, or null. */
const NO_QUERY = z.strictObject({});
const NO_BODY = z.strictObject({}).nullable();

async function parseAll(route: Route, req: IncomingMessage, clock: Clock): Promise<Parsed> {
  const faults = new Faults();
  const query = parse(route.query ?? NO_QUERY, queryOf(req.url ?? ''), 'query', faults);
  const json = hasBody(req) ? await readJson(req, clock) : null;
  const body = parseBody(route, json, faults);
  if (faults.count > 0) throw new ValidationError(faults.listed, faults.count);
  return { query, body, given: json?.value };
}

function parseBody(route: Route, body: JsonBody | null, faults: Faults): unknown {
  if (body === null) {
    if (route.body === undefined) return undefined;
    if (route.mayLackBody) return route.body.parse({});
    throw new BadRequestError('body_required', 'The body is empty: send a JSON object.');
  }
  const value = body.value === null && route.mayLackBody ? {} : body.value;
  const parsed = parse(route.body ?? NO_BODY, value, 'body', faults);
  for (const duplicate of body.duplicates) faults.add(duplicate);
  return route.body === undefined ? undefined : parsed;
}

function parse(schema: z.ZodType, value: unknown, part: InputPart, faults: Faults): unknown {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  faults.addIssues(parsed.error, schema, part);
  return undefined;
}
