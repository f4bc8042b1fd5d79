import type { Context } from 'koa';
import { ValidationError } from '../../base/errors.ts';
import { LATEST, type Place, placeOfId } from '../../domain/event.ts';
import { queryOf } from '../query.ts';

const STREAM = 'text/event-stream';

/** Whether the caller would rather have a stream than a page. */
export const wantsStream = (context: Context): boolean => context.accepts('application/json', STREAM) === STREAM;

/**
 * Where a stream begins; null: from now on. A client that reconnects repeats its URL, so Last-Event-ID counts for more
 * than the URL.
 * @param after as the URL has it
 * @throws ValidationError
 */
export function startPlace(context: Context, after: Place | null): Place | null {
  if (queryOf(context.req.url ?? '')['limit'] !== undefined) {
    throw new ValidationError([{ pointer: '/limit', detail: 'is for pages: a stream has no end' }]);
  }
  const last = context.get('Last-Event-ID');
  if (last === '') return after === LATEST ? null : after;
  const place = placeOfId(last);
  if (place !== null) return place;
  const detail = `must be the id of an event, such as 0000000000000000042, and not '${last.slice(0, 60)}'`;
  throw new ValidationError([{ pointer: '/Last-Event-ID', detail }]);
}
