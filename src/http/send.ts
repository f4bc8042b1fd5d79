import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Context } from 'koa';
import { matchesIfNoneMatch } from './etag.ts';
import { type Pause, toJson } from './json-pieces.ts';
import type { Answer } from './reply.ts';
import type { Route } from './route.ts';

const compress = promisify(gzip);
/** Smaller answers fit into a few packets as they are. */
const COMPRESSED_BYTES = 4096;
/** The fastest level gains most of what there is to gain, in a quarter of the time. */
const COMPRESSION = { level: constants.Z_BEST_SPEED };

/**
 * Sends what a handler answers. All answers get the same: a link to the next page, an ETag for lists, compression. The
 * body is written here and not by Koa, so that its size is known.
 * @returns its bytes
 */
export async function send(
  context: Context,
  route: Route,
  { status, headers, body, stream }: Answer,
  pause: Pause,
): Promise<number> {
  if (route.responses[status]?.stream !== undefined) context.vary('Accept');
  if (stream !== undefined) {
    context.respond = false;
    stream(context.res);
    return 0;
  }
  context.status = status;
  if (headers !== undefined) context.set(headers);
  if (status === 304) repeatTag(context);
  if (body === undefined) return 0;
  if (!context.res.hasHeader('Content-Type')) context.type = 'json';
  const json = typeof body === 'string' ? body : await toJson(body as object, pause);
  const bytes = typeof json === 'string' ? json.length : json.reduce((sum, piece) => sum + piece.length, 0);
  if (context.response.is('json', 'text/calendar') === false) {
    context.body = json;
    return bytes;
  }
  linkNext(context, body);
  context.vary('Accept-Encoding');
  if (await isKnown(context, route, json, pause)) {
    context.status = 304;
    return 0;
  }
  const compressed = await writeCompressed(context, json, bytes);
  if (compressed !== null) return compressed;
  context.body = typeof json === 'string' ? json : Readable.from(json);
  if (typeof json !== 'string') context.length = bytes;
  return bytes;
}

const acceptsGzip = (context: Context): boolean => context.acceptsEncodings('gzip', 'identity') === 'gzip';

/**
 * A 304 has the ETag and the Vary of the answer that it stands for (RFC 9110). A cache that kept the compressed one
 * takes the tag of the other for news of something that it does not have.
 */
function repeatTag(context: Context): void {
  context.vary('Accept-Encoding');
  const tag = tagOfCompressed(String(context.res.getHeader('ETag') ?? ''));
  if (tag && acceptsGzip(context) && context.get('If-None-Match').includes(tag)) context.set('ETag', tag);
}

/** @returns its bytes; null when it is sent uncompressed */
async function writeCompressed(context: Context, json: string | Buffer[], length: number): Promise<number | null> {
  if (length < COMPRESSED_BYTES || !acceptsGzip(context)) return null;
  const tag = tagOfCompressed(String(context.res.getHeader('ETag') ?? ''));
  if (tag === null) return null;
  const bytes = await compress(typeof json === 'string' ? json : Buffer.concat(json), COMPRESSION);
  context.set('Content-Encoding', 'gzip');
  if (tag !== '') context.set('ETag', tag);
  context.body = bytes;
  return bytes.length;
}

/** The same as next_cursor, for clients that follow links (RFC 8288). */
function linkNext(context: Context, body: unknown): void {
  const cursor = (body as { next_cursor?: unknown } | null)?.next_cursor;
  if (typeof cursor !== 'string') return;
  const query = new URLSearchParams(context.querystring);
  query.set('cursor', cursor);
  context.set('Link', `<${context.path}?${query}>; rel="next"`);
}

/** Answers without a version of their own get a weak ETag made of what they show. */
async function isKnown(
  context: Context,
  { responses }: Route,
  json: string | Buffer[],
  pause: Pause,
): Promise<boolean> {
  if (responses[304] === undefined || context.status !== 200 || context.res.hasHeader('ETag')) return false;
  const tag = typeof json === 'string' ? hash('sha1', json, 'base64url') : await hashOf(json, pause);
  context.set('ETag', `W/"${tag}"`);
  return matchesIfNoneMatch(context.get('If-None-Match'), tag);
}

async function hashOf(pieces: readonly Buffer[], pause: Pause): Promise<string> {
  const sha1 = createHash('sha1');
  for (const piece of pieces) {
    sha1.update(piece);
    await pause();
  }
  return sha1.digest('base64url');
}

/**
 * Different bytes need a different strong tag (RFC 9110). null for a stage, whose ETag is its version and nothing else:
 * it is sent uncompressed.
 */
function tagOfCompressed(tag: string): string | null {
  if (tag === '' || tag.startsWith('W/')) return tag;
  return /^"\d+"$/.test(tag) ? null : `${tag.slice(0, -1)}-gzip"`;
}
