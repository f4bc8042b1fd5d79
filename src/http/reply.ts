import type { ServerResponse } from 'node:http';
import type { z } from 'zod';

/** What a route answers with one status. */
export interface Reply {
  description: string;
  /** Without one there is no body. */
  body?: z.ZodType;
  /** JSON by default. */
  mediaType?: string;
  /** What a caller that accepts `text/event-stream` gets instead of the body, in words. */
  stream?: string;
  /** Headers that the answer always has. */
  headers?: readonly ReplyHeader[];
}

export type ReplyHeader = 'ETag' | 'Location' | 'Retry-After' | 'Content-Type';

export type Replies = Readonly<Record<number, Reply>>;

/** An answer, as a handler returns it. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: unknown;
  /** Instead of a body. */
  stream?: Begin | undefined;
}

/** Writes head and body itself, for as long as it likes. */
export type Begin = (response: ServerResponse) => void;

/** What a handler may answer: a declared status, with its body and headers. */
export type AnswerOf<R extends Replies> = {
  [S in keyof R]: { status: S } & BodyOf<R[S]> & HeadersOf<R[S]>;
}[keyof R] &
  Answer;

type BodyOf<T> =
  | (T extends { body: infer B extends z.ZodType } ? { body: z.output<B> } : { body?: undefined })
  | (T extends { stream: string } ? { body?: undefined; stream: Begin } : never);
type HeadersOf<T> = T extends { headers: readonly (infer H extends string)[] }
  ? { headers: Record<H, string> }
  : { headers?: undefined };
