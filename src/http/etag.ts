import type { Context } from 'koa';
import type { Expected } from '../commands/precondition.ts';
import { BadRequestError } from './refusals.ts';

/** The version of a row, as HTTP names it. */
export const etagOf = (version: number): string => `"${version}"`;

const TAG = /\s*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(,|$)/y;

/** The entity tags of a list; null when it is not one. */
function parse(header: string): { tag: string; isWeak: boolean }[] | null {
  const tags: { tag: string; isWeak: boolean }[] = [];
  TAG.lastIndex = 0;
  for (;;) {
    const match = TAG.exec(header);
    if (match === null) return null;
    tags.push({ tag: match[2] ?? '', isWeak: match[1] !== undefined });
    if (match[3] === '') return tags;
  }
}

/**
 * The versions that `If-Match` accepts; null = any. Compared strongly: a weak tag never matches.
 * @throws BadRequestError
 */
export function parseIfMatch(header: string | undefined): Expected {
  if (header === undefined || header.trim() === '*') return null;
  const tags = parse(header);
  if (tags === null) {
    throw new BadRequestError(
      'malformed_if_match',
      'If-Match must be the ETag as it was given, quotes included, such as "3"; or *.',
    );
  }
  return tags.filter(({ isWeak }) => !isWeak).map(({ tag }) => tag);
}

/** Whether the client has this version already. Compared weakly, as RFC 9110 says. */
export function matchesIfNoneMatch(header: string | undefined, version: number): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return parse(header)?.some(({ tag }) => tag === String(version)) ?? false;
}

/** @throws BadRequestError */
export const ifMatchOf = (ctx: Context): Expected => parseIfMatch(ctx.req.headers['if-match']);
