import type { Clock } from '../base/clock.ts';
import type { Health } from '../base/health.ts';
import type { Scope } from './api-key.ts';

/** Signed by a private key: whoever checks them cannot make them. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Which tokens are accepted, and what they allow. */
export interface JwtRules {
  issuer: string;
  /** One of them is enough. */
  audiences: readonly string[];
  algorithms: readonly Algorithm[];
  /** The claim that says what the bearer may do: words with blanks between them, or an array. */
  scopeClaim: string;
  /** What each word of it allows; others are ignored. */
  scopes: Readonly<Record<string, Scope>>;
}

/** What it takes to check them. */
export interface JwtOptions {
  rules: JwtRules;
  /** The issuer's keys (JWKS), or the metadata that names them in jwks_uri. */
  url: string;
  isMetadata: boolean;
  clock: Clock;
  health: Health;
  /** Epoch milliseconds, by the database's clock, because this host's may be wrong. */
  nowMs(): number;
}

/** Keys that come over an open line may be anybody's. On this machine there is no line. */
export function isSafe(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname ?? ''))
  );
}
