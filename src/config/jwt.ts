import { z } from 'zod';
import { SCOPES, type Scope } from '../access/api-key.ts';
import { ALGORITHMS, type Algorithm, isSafe } from '../access/jwt.ts';

/** Which tokens are accepted. The variables are JWT_ISSUER, JWT_AUDIENCE and so on. */

const listOf = (text: string): string[] => text.split(',').map((word) => word.trim());

const algorithms = z.string().transform((text, context): Algorithm[] => {
  const found = listOf(text).map((name) => ALGORITHMS.find((known) => known === name));
  if (found.every((name) => name !== undefined)) return found;
  context.addIssue({ code: 'custom', message: `expected some of ${ALGORITHMS.join(', ')}, separated by commas` });
  return z.NEVER;
});

const SCOPE_FORM = 'expected value=scope, separated by commas, such as lecturer=write, with scope read, write or admin';
const scopes = z.string().transform((text, context): Record<string, Scope> => {
  const pairs = listOf(text).map((pair) => {
    const at = pair.lastIndexOf('=');
    return [pair.slice(0, at), SCOPES.find((known) => known === pair.slice(at + 1))] as const;
  });
  if (pairs.every((pair): pair is readonly [string, Scope] => pair[0] !== '' && pair[1] !== undefined)) {
    return Object.fromEntries(pairs);
  }
  context.addIssue({ code: 'custom', message: SCOPE_FORM });
  return z.NEVER;
});

const audiences = z
  .string()
  .transform(listOf)
  .refine((all) => all.every((one) => one !== ''), 'expected one or more, separated by commas');

/** `issuer` and `audience` are both needed: without an audience, a token made for another service would open this one. */
export const jwt = z
  .strictObject({
    issuer: z.string().min(1).nullable(),
    audience: audiences.nullable(),
    jwksUrl: z.string().refine(isSafe, 'expected an https URL (http only for this machine)').nullable(),
    algorithms,
    scopeClaim: z.string().min(1),
    scopes,
  })
  .superRefine(({ issuer, audience, jwksUrl }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (issuer === null && (audience !== null || jwksUrl !== null))
      fault('issuer', 'expected JWT_ISSUER, because other JWT_ variables are set');
    if (issuer !== null && audience === null) {
      fault(
        'audience',
        'expected JWT_AUDIENCE, because a token made for another service of the issuer would open this one',
      );
    }
    if (issuer !== null && jwksUrl === null && !isSafe(issuer)) {
      fault('jwksUrl', 'expected JWT_JWKS_URL, because JWT_ISSUER is no https URL under which its metadata could be');
    }
  });
