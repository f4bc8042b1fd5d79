import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { BadRequestError, ExpectationFailedError } from '../http-refusals.ts';

/** Refuses what Node would refuse without saying why. */
export const wellFormed: Middleware = ({ req }, next) => {
  const hosts = countHosts(req);
  if (hosts > 1 || (hosts === 0 && req.httpVersion === '1.1')) {
    throw new BadRequestError(
      'malformed_request',
      `The request has ${hosts === 0 ? 'no' : 'more than one'} Host header.`,
    );
  }
  const { expect } = req.headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') throw new ExpectationFailedError(expect);
  return next();
};

function countHosts({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}
