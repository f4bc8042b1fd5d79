import type { IncomingMessage } from 'node:http';
import getRawBody, { type RawBodyError } from 'raw-body';
import { type Clock, withTimeout } from '../base/clock.ts';
import { type Fault, messageOf, ValidationError } from '../base/errors.ts';
import { BadRequestError, BodyTooLargeError, RequestTimeoutError, UnsupportedMediaTypeError } from './http-refusals.ts';
import { shapeOf } from './json-text.ts';

const LIMIT_BYTES = 1024 * 1024;
const TIMEOUT_S = 10;
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;

/** A body as it was read. */
export interface JsonBody {
  value: unknown;
  /** Names given twice, which parsing would silently drop. */
  duplicates: readonly Fault[];
}

/** Whether the request announces a body; one of no bytes is none. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** The most bytes that the body may have; one of unknown length may be as long as any. */
export function bytesOf({ headers }: IncomingMessage): number {
  return Math.min(Number(headers['content-length'] ?? LIMIT_BYTES), LIMIT_BYTES);
}

/** The JSON body of a request; null where only blanks came. @throws StagebellError 400, 408, 413, 415, 422 */
export async function readJson(request: IncomingMessage, clock: Clock): Promise<JsonBody | null> {
  const { headers } = request;
  const bytes = await readBytes(request, clock);
  if (bytes.length === 0) return null;
  checkType(headers['content-type'] ?? '', headers['content-encoding'] ?? 'identity');
  const text = decode(bytes);
  if (text.trim() === '') return null;
  const { duplicates, excess } = shapeOf(text);
  if (excess === 'levels')
    throw new BadRequestError('malformed_json', 'The body is nested too deeply to be a request.');
  if (excess === 'values') {
    throw new ValidationError([{ pointer: '', detail: 'has too many values for one request: split it' }]);
  }
  try {
    return { value: JSON.parse(text), duplicates };
  } catch (error) {
    // V8 quotes the place, or names its line and column.
    throw new BadRequestError('malformed_json', `The body is not JSON: ${messageOf(error)}.`);
  }
}

function checkType(contentType: string, encoding: string): void {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (!JSON_TYPE.test(type)) {
    const got = type === '' ? 'there is no Content-Type' : `this is ${type.slice(0, 60)}`;
    throw new UnsupportedMediaTypeError(`The body must be application/json; ${got}.`);
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset.replaceAll('"', ''))) {
    throw new UnsupportedMediaTypeError(`The body must be UTF-8, as JSON is; this is ${charset.slice(0, 60)}.`);
  }
  if (encoding.toLowerCase() !== 'identity') {
    throw new UnsupportedMediaTypeError('The body must not be compressed: send it without Content-Encoding.');
  }
}

async function readBytes(request: IncomingMessage, clock: Clock): Promise<Buffer> {
  const length = request.headers['content-length'] ?? null;
  const body = getRawBody(request, { limit: LIMIT_BYTES, length });
  try {
    return await withTimeout(clock, body, TIMEOUT_S * 1000, () => new RequestTimeoutError(TIMEOUT_S));
  } catch (error) {
    // After a time-out the body fails once more when the connection closes.
    body.catch(() => {});
    const { type } = error as RawBodyError;
    if (type === 'entity.too.large') throw new BodyTooLargeError('1 MB');
    if (type !== undefined) throw new BadRequestError('body_incomplete', 'The body ended before it was complete.');
    throw error;
  }
}

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new BadRequestError('malformed_utf8', 'The body is not valid UTF-8.');
  }
}
