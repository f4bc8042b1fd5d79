import type { IncomingMessage } from 'node:http';
import type { Caller } from './caller.ts';

/** Who sends a request, without the user on whose behalf it is sent. */
export type Principal = Pick<Caller, 'name' | 'scopes'>;

/** What a request shows about its sender. */
export type Shown =
  | { kind: 'principal'; principal: Principal }
  /** Nothing that this authenticator looks at. */
  | { kind: 'nothing' }
  /** The right form, but unknown or no longer valid. */
  | { kind: 'unknown' };

/**
 * Tells who sends a request. API keys are held in memory (api-key-authenticator.ts); it is asynchronous for what must
 * be looked up.
 */
export interface Authenticator {
  authenticate(request: Pick<IncomingMessage, 'headers'>): Promise<Shown>;
}
