import type { IncomingMessage } from 'node:http';
import { SCOPES, type Scope } from '../access/api-key.ts';
import type { Authenticator, Principal } from '../access/authenticator.ts';
import { ForbiddenError, UnauthorizedError } from './http-refusals.ts';
import { checkSite } from './own-site.ts';

/** Closes an open service once a key was ever stored, and for good: that the last one was revoked opens nothing. */
export interface Closing {
  authenticator: Authenticator;
  /** @throws StagebellError 503 when it cannot be known */
  isClosed(): Promise<boolean>;
}

export type Security = { metricsOpen: boolean } & (
  | { kind: 'open'; hosts?: readonly string[] | undefined; origins?: readonly string[]; until?: Closing | undefined }
  | { kind: 'known'; authenticator: Authenticator }
);

const ANYBODY: Principal = { name: null, scopes: SCOPES };

/**
 * Returns the sender of a request, if allowed to do what it asks for.
 * @throws HttpRefusal 401, 403; StagebellError 503 when it cannot be known
 */
export async function authorize(security: Security, request: IncomingMessage, needed: Scope): Promise<Principal> {
  const authenticator = await authenticatorOf(security);
  if (authenticator === null) {
    const { hosts, origins } = security as Extract<Security, { kind: 'open' }>;
    checkSite(request.method ?? '', request.headers, hosts, origins);
    return ANYBODY;
  }
  const shown = await authenticator.authenticate(request);
  if (shown.kind === 'nothing') {
    throw new UnauthorizedError('This needs an API key: send the header Authorization: Bearer <secret>.', false);
  }
  if (shown.kind === 'unknown') throw new UnauthorizedError(shown.why ?? 'This API key is not known.', true);
  const { principal } = shown;
  if (!principal.scopes.includes(needed)) throw new ForbiddenError(principal, needed);
  return principal;
}

/** null: the service is open. */
async function authenticatorOf(security: Security): Promise<Authenticator | null> {
  if (security.kind === 'known') return security.authenticator;
  const { until } = security;
  return until !== undefined && (await until.isClosed()) ? until.authenticator : null;
}
