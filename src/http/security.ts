import type { IncomingMessage } from 'node:http';
import { SCOPES, type Scope } from '../access/api-key.ts';
import type { Authenticator, Principal } from '../access/authenticator.ts';
import { ForbiddenError, UnauthorizedError } from './http-refusals.ts';
import { checkSite } from './own-site.ts';

export type Security = { metricsOpen: boolean } & (
  | { kind: 'open'; hosts?: readonly string[] | undefined }
  | { kind: 'known'; authenticator: Authenticator }
);

const ANYBODY: Principal = { name: null, scopes: SCOPES };

/**
 * Returns the sender of a request, if allowed to do what it asks for.
 * @throws HttpRefusal 401, 403
 */
export async function authorize(security: Security, request: IncomingMessage, needed: Scope): Promise<Principal> {
  if (security.kind === 'open') {
    checkSite(request.method ?? '', request.headers, security.hosts);
    return ANYBODY;
  }
  const shown = await security.authenticator.authenticate(request);
  if (shown.kind === 'nothing') {
    throw new UnauthorizedError('This needs an API key: send the header Authorization: Bearer <secret>.', false);
  }
  if (shown.kind === 'unknown') throw new UnauthorizedError('This API key is not known.', true);
  const { principal } = shown;
  if (!principal.scopes.includes(needed)) throw new ForbiddenError(principal, needed);
  return principal;
}
