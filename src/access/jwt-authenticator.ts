import type { Authenticator } from './authenticator.ts';
import type { JwtOptions } from './jwt.ts';

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*) *$/i;

/** Recognises the bearer of a token (JWT) that an issuer has signed, and leaves everything else to `keys`. */
export function jwtAuthenticator(keys: Authenticator, options: JwtOptions): Authenticator {
  let judge: ReturnType<typeof load> | null = null;
  return {
    async authenticate(request) {
      const shown = await keys.authenticate(request);
      const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
      if (shown.kind !== 'unknown' || token === undefined) return shown;
      judge ??= load(options);
      return (await judge)(token);
    },
  };
}

/** What checks tokens is not loaded before the first one comes. */
async function load(options: JwtOptions) {
  const { judgeOf } = await import('./jwt-judge.ts');
  return judgeOf(options);
}
