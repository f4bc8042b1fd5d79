import type { IncomingMessage } from 'node:http';
import type { Caller } from './caller.ts';

/** Who sends a request, without the user on whose behalf it is sent. */
export type Principal = Pick<Caller, 'name' | 'scopes'>;

/** What a request shows about its sender. */
export type Shown =
  | { kind: 'principal'; principal: Principal }
  /** Nothing that this authenticator looks at. */
  | { kind: 'nothing' }
  /** The right form, but unknown or no longer valid. `why`: in a sentence, where more than that is to be said. */
  | { kind: 'unknown'; why?: string };

/**
 * Tells who sends a request. Keys of the configuration are held in memory (api-key-authenticator.ts); it is
 * asynchronous because stored ones must be looked up.
 */
export interface Authenticator {
  /** @throws StagebellError 503 when it cannot be known */
  authenticate(request: Pick<IncomingMessage, 'headers'>): Promise<Shown>;
}
