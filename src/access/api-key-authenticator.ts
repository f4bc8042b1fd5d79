import { timingSafeEqual } from 'node:crypto';
import { type ApiKey, scopesOf } from './api-key.ts';
import type { Authenticator } from './authenticator.ts';
import type { KeyStore } from './key-store.ts';
import { hashOf, isOfStoredKey } from './secret.ts';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/**
 * Recognises the sender of `Authorization: Bearer <secret>` by the hash of the secret.
 * @param keys those of the configuration
 * @param store those that are not
 */
export function apiKeyAuthenticator(keys: readonly ApiKey[], store: KeyStore | null = null): Authenticator {
  return {
    async authenticate({ headers }) {
      const secret = BEARER.exec(headers.authorization ?? '')?.[1];
      if (secret === undefined) return { kind: 'nothing' };
      const sha256 = hashOf(secret);
      const key = find(keys, sha256) ?? (isOfStoredKey(secret) ? await store?.find(sha256.toString('hex')) : null);
      if (!key) return { kind: 'unknown' };
      return { kind: 'principal', principal: { name: key.name, scopes: scopesOf(key) } };
    },
  };
}

/** Compares with every key, in a time that does not reveal which key came near. */
function find(keys: readonly ApiKey[], sha256: Buffer): ApiKey | null {
  let found: ApiKey | null = null;
  for (const key of keys) {
    const isEqual = key.sha256.length === sha256.length && timingSafeEqual(key.sha256, sha256);
    if (isEqual) found = key;
  }
  return found;
}
