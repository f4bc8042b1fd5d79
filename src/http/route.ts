import type { Context } from 'koa';
import type { z } from 'zod';
import type { Scope } from '../access/api-key.ts';
import type { Caller } from '../access/caller.ts';
import type { Answer, AnswerOf, Replies } from './reply.ts';
import type { ProblemCode } from './schema/output-problem.ts';

/** What a handler gets: everything validated, and who asks. */
export interface Call<Params, Query, Body> {
  /** For what else the request says. What is answered is returned. */
  ctx: Context;
  params: Params;
  query: Query;
  body: Body;
  caller: Caller;
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export const TAGS = ['Assignments', 'Stages', 'Record', 'Schedule', 'Service'] as const;

/** What a route takes, and all that it can answer. */
interface Contract<
  M extends Method,
  Path extends string,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends Replies,
> {
  method: M;
  /** With `:name` for parameters. */
  path: Path;
  /** Its name in openapi.json, and thus in clients made from it. */
  operation: string;
  tag: (typeof TAGS)[number];
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
  /** Each status that it answers by itself. */
  responses: R;
  /** Which problems it has of its own, beside those that follow from the above (problems-of.ts). */
  problems?: readonly ProblemCode[];
}

/** A route that remembers the types of its schemas, so that what is sent to it and what it answers can be inferred. */
export interface TypedRoute<
  M extends Method,
  Path extends string,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends Replies,
> extends Contract<M, Path, P, Q, B, R> {
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<AnswerOf<R>> | AnswerOf<R>;
}

/** Any route, for whoever serves it (mount.ts) or describes it. */
export interface Route extends Contract<Method, string, z.ZodType, z.ZodType, z.ZodType, Replies> {
  handle(call: Call<unknown, unknown, unknown>): Promise<Answer> | Answer;
}

/** Ties the handler's types to the schemas: what it answers must fit what is declared. */
export function route<
  const M extends Method,
  const Path extends string,
  const R extends Replies,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(typed: TypedRoute<M, Path, P, Q, B, R>): TypedRoute<M, Path, P, Q, B, R> {
  return typed;
}
