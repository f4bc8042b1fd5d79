import { errors, type JWTPayload, jwtVerify } from 'jose';
import { SCOPES, type Scope, scopesOf } from './api-key.ts';
import type { Principal, Shown } from './authenticator.ts';
import { JwkSet, JwksUnavailableError } from './jwk-set.ts';
import type { JwtOptions, JwtRules } from './jwt.ts';

/** Clocks differ. */
const TOLERANCE_S = 30;
const MOST_OF_SUBJECT = 200;

/** Tells who bears a token: its signature, its claims, and what they allow. */
export function judgeOf({ rules, nowMs, ...around }: JwtOptions): (token: string) => Promise<Shown> {
  const set = new JwkSet(around);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, (header, given) => set.find(header, given), {
        issuer: rules.issuer,
        audience: [...rules.audiences],
        algorithms: [...rules.algorithms],
        requiredClaims: ['exp', 'sub'],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(nowMs()),
      });
      const principal = principalOf(payload, rules);
      if (principal === null) return { kind: 'unknown', why: 'The claim sub of the token is no name.' };
      return { kind: 'principal', principal };
    } catch (error) {
      if (error instanceof JwksUnavailableError) throw error;
      return { kind: 'unknown', why: reasonOf(error) };
    }
  };
}

/** `jwt:` in front, so that no bearer passes for a key; a colon in the subject would pass for a user behind it. */
function principalOf({ sub = '', ...claims }: JWTPayload, rules: JwtRules): Principal | null {
  if (typeof sub !== 'string' || sub === '' || sub.length > MOST_OF_SUBJECT || /\p{Cc}/u.test(sub)) return null;
  const name = `jwt:${sub.replaceAll('%', '%25').replaceAll(':', '%3A')}`;
  const scope = largest(claims[rules.scopeClaim], rules.scopes);
  return { name, scopes: scope === null ? [] : scopesOf({ scope }) };
}

function largest(claim: unknown, scopes: JwtRules['scopes']): Scope | null {
  const words = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  const allowed = words.flatMap((word) =>
    typeof word === 'string' && Object.hasOwn(scopes, word) ? [scopes[word]] : [],
  );
  return SCOPES.findLast((scope) => allowed.includes(scope)) ?? null;
}

/** Says no more than its bearer can read in the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf'
      ? 'The token is not valid yet.'
      : `The claim ${error.claim} of the token is missing, or not what is expected here.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The token is signed by an algorithm that is not accepted here.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The issuer has no key of the kind and the name that the token gives.';
  return 'The signature of the token is not that of its issuer.';
}
