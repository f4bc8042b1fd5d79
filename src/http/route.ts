import type { Context } from 'koa';
import type { z } from 'zod';
import type { Scope } from '../access/api-key.ts';
import type { Caller } from '../access/caller.ts';
import type { Within } from '../commands/transact.ts';
import type { Answer, AnswerOf, Replies } from './reply.ts';
import type { ProblemCode } from './schema/output-problem.ts';

/** What a handler gets: validated input, and the caller. */
export interface Call<Params, Query, Body> {
  /** For reading anything else about the request. The answer is returned, not written here. */
  ctx: Context;
  params: Params;
  query: Query;
  body: Body;
  /** `within`: the transaction in which a request with an Idempotency-Key is done. */
  caller: Caller & { within?: Within };
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export const TAGS = ['Assignments', 'Stages', 'Record', 'Webhooks', 'Schedule', 'Calendar', 'Service', 'Keys'] as const;

/** What a route takes, and everything that it can answer. */
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
  /** Without this, a request with parameters is refused; without `body`, one with a body. */
  query?: Q;
  body?: B;
  /** A missing body counts as an empty object. */
  mayLackBody?: boolean;
  /** Ignores unexpected parameters and bodies: monitors send their own. */
  isLenient?: boolean;
  /** Understands `If-Match`. */
  hasVersion?: boolean;
  /**
   * Understands `Idempotency-Key`, as every POST does, and all that its handler does is one command with `writerOf`: so
   * the answer is kept in the transaction of the command. The answer of any other POST is kept afterwards.
   */
  isOneTransaction?: boolean;
  /** The fields of the answer that have a secret: they are not kept with it. */
  secret?: string | readonly string[];
  /** Each status that the handler answers with. */
  responses: R;
  /** Its own problems, besides those that the fields above imply (problems-of.ts). */
  problems?: readonly ProblemCode[];
}

/** A route that keeps the types of its schemas, so that clients can infer what to send and what comes back. */
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

/** Any route, for serving it (mount.ts) and for describing it. */
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
