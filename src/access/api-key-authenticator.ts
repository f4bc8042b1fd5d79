import { createHash, timingSafeEqual } from 'node:crypto';
import { type ApiKey, scopesOf } from './api-key.ts';
import type { Authenticator } from './authenticator.ts';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Recognises the sender of `Authorization: Bearer <secret>` by the hash of the secret. */
export function apiKeyAuthenticator(keys: readonly ApiKey[]): Authenticator {
  return {
    async authenticate({ headers }) {
      const secret = BEARER.exec(headers.authorization ?? '')?.[1];
      if (secret === undefined) return { kind: 'nothing' };
      const key = find(keys, createHash('sha256').update(secret).digest());
      if (key === null) return { kind: 'unknown' };
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
