import type { Context } from 'koa';
import type { z } from 'zod';
import type { Scope } from '../base/api-key.ts';
import type { Caller } from './caller.ts';

/** What a handler gets: everything validated, and who asks. */
export interface Call<Params, Query, Body> {
  ctx: Context;
  params: Params;
  query: Query;
  body: Body;
  caller: Caller;
}

interface Spec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** With `:name` for parameters. */
  path: string;
  /** null: open to everybody. */
  scope: Scope | null;
  summary: string;
  params?: P;
  /** Without one, a request that has parameters is refused; without a body, one that has a body. */
  query?: Q;
  body?: B;
  /** A request without a body is one with an empty object. */
  mayLackBody?: boolean;
  /** Serves whatever comes with the request: for those who watch, and have their own habits. */
  isLenient?: boolean;
  /** Answers `If-Match`. */
  hasVersion?: boolean;
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<void> | void;
}

/** A route with its schemas: enough to serve it (mount.ts) and to describe it. */
export type Route = Spec<z.ZodType, z.ZodType, z.ZodType>;

/** Ties the handler's types to the schemas. */
export function route<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(spec: Spec<P, Q, B>): Route {
  return spec as unknown as Route;
}
