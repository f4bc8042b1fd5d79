import type { IncomingHttpHeaders } from 'node:http';
import { BadRequestError } from './http-refusals.ts';
import type { Route } from './route.ts';

/**
 * Refuses conditions that this route does not check. The edit would otherwise be done as if they held.
 * @throws BadRequestError
 */
export function checkConditions({ method, hasVersion }: Route, headers: IncomingHttpHeaders): void {
  if (method === 'get') return;
  if (headers['if-unmodified-since'] !== undefined || headers['if-none-match'] !== undefined) {
    throw notSupported(
      'This edit cannot depend on If-Unmodified-Since or If-None-Match: send If-Match with the ETag that you read.',
    );
  }
  if (headers['if-match'] !== undefined && hasVersion !== true) {
    throw notSupported('There is no version here for If-Match to name: send the request without it.');
  }
}

const notSupported = (message: string) => new BadRequestError('condition_not_supported', message);
