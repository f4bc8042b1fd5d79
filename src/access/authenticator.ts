import type { IncomingMessage } from 'node:http';
import type { Caller } from './caller.ts';

/** Whom a request comes from, before it says on whose behalf. */
export type Principal = Pick<Caller, 'name' | 'scopes'>;

/** What a request shows that tells whom it comes from. */
export type Shown =
  | { kind: 'principal'; principal: Principal }
  /** Nothing that this authenticator looks at. */
  | { kind: 'nothing' }
  /** Something of the right form that is not known, or is no longer. */
  | { kind: 'unknown' };

/**
 * Tells whom a request comes from. API keys are known by heart (api-key-authenticator.ts); it is asynchronous for
 * those that must be looked up.
 */
export interface Authenticator {
  authenticate(request: Pick<IncomingMessage, 'headers'>): Promise<Shown>;
}
