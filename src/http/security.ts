import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type ApiKey, SCOPES, type Scope } from '../base/api-key.ts';
import { checkSite } from './own-site.ts';
import { ForbiddenError, UnauthorizedError } from './refusals.ts';

export type Security = { metricsOpen: boolean } & (
  | { kind: 'open'; hosts?: readonly string[] | undefined }
  | { kind: 'keys'; keys: readonly ApiKey[] }
);

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/**
 * The name of the key that a request shows; null when the service is open.
 * @throws HttpRefusal 401, 403
 */
export function authorize(security: Security, { method, headers }: IncomingMessage, needed: Scope): string | null {
  if (security.kind === 'open') {
    checkSite(method ?? '', headers, security.hosts);
    return null;
  }
  const secret = BEARER.exec(headers.authorization ?? '')?.[1];
  if (secret === undefined) {
    throw new UnauthorizedError('This needs an API key: send the header Authorization: Bearer <secret>.', false);
  }
  const key = find(security.keys, createHash('sha256').update(secret).digest());
  if (key === null) throw new UnauthorizedError('This API key is not known.', true);
  if (SCOPES.indexOf(key.scope) < SCOPES.indexOf(needed)) throw new ForbiddenError(key.name, key.scope, needed);
  return key.name;
}

/** Compares with every key, in a time that does not tell which one was near. */
function find(keys: readonly ApiKey[], sha256: Buffer): ApiKey | null {
  let found: ApiKey | null = null;
  for (const key of keys) {
    const isEqual = key.sha256.length === sha256.length && timingSafeEqual(key.sha256, sha256);
    if (isEqual) found = key;
  }
  return found;
}
