import type { Context } from 'koa';
import type { Expected } from '../commands/precondition.ts';
import { BadRequestError } from './http-refusals.ts';

/** The version of a row, or its tag, as HTTP names it. */
export const etagOf = (tag: number | string): string => `"${tag}"`;

const TAG = /\s*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(,|$)/y;

/** The entity tags of a list; null when it is not one. */
function parse(header: string): { tag: string; isWeak: boolean }[] | null {
  const tags: { tag: string; isWeak: boolean }[] = [];
  TAG.lastIndex = 0;
  for (;;) {
    const match = TAG.exec(header);
    if (match === null) return null;
    // It is the same row, compressed or not.
    tags.push({ tag: (match[2] ?? '').replace(/-gzip$/, ''), isWeak: match[1] !== undefined });
    if (match[3] === '') return tags;
  }
}

/**
 * The versions that an `If-Match` accepts; null = any; undefined when it is malformed. Compared strongly: a weak tag
 * never matches.
 */
export function expectedOf(text: string): Expected | undefined {
  if (text.trim() === '*') return null;
  return parse(text)
    ?.filter(({ isWeak }) => !isWeak)
    .map(({ tag }) => tag);
}

/** @throws BadRequestError */
export function parseIfMatch(header: string | undefined): Expected {
  const expected = header === undefined ? null : expectedOf(header);
  if (expected !== undefined) return expected;
  throw new BadRequestError(
    'malformed_if_match',
    'If-Match must be the ETag as it was given, quotes included, such as "3"; or *.',
  );
}

/** Whether the client has this version already. Compared weakly, as RFC 9110 says. */
export function matchesIfNoneMatch(header: string | undefined, current: number | string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return parse(header)?.some(({ tag }) => tag === String(current)) ?? false;
}

/** @throws BadRequestError */
export const ifMatchOf = (ctx: Context): Expected => parseIfMatch(ctx.req.headers['if-match']);
