import { z } from 'zod';
import { type ApiKey, SCOPES } from '../access/api-key.ts';
import { keyNameFault } from '../access/key-names.ts';

const FORM = 'name:scope:sha256-hex-of-secret';

/** Hashes of an empty secret, without and with a line end: what an unset $SECRET gives. */
const OF_EMPTY_SECRETS = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);

/** `name:scope:sha256hex`, comma-separated. No message repeats what may be a secret. */
export const apiKeys = z.string().transform((text, context): ApiKey[] => {
  const keys: ApiKey[] = [];
  for (const [i, entry] of text.split(',').entries()) {
    const [name = '', scope = '', hash = '', ...rest] = entry.trim().split(':');
    const fault = (message: string) => context.addIssue({ code: 'custom', message: `key ${i + 1}: ${message}` });
    const known = SCOPES.find((s) => s === scope);
    const ofName = keyNameFault(name);
    if (rest.length > 0 || hash === '') fault(`expected ${FORM}`);
    else if (ofName !== null) fault(ofName);
    else if (known === undefined) fault('the second part must be a scope: read, write or admin');
    else if (!/^[0-9a-f]{64}$/i.test(hash)) {
      fault('the last part must be the SHA-256 of the secret, 64 hex digits: printf %s SECRET | sha256sum');
    } else if (OF_EMPTY_SECRETS.has(hash.toLowerCase())) {
      fault('this is the SHA-256 of an empty secret: was $SECRET set when it was made?');
    } else if (keys.some((key) => key.name === name)) fault(`the name ${name} is used twice`);
    else if (keys.some((key) => key.sha256.toString('hex') === hash.toLowerCase())) {
      fault('another name has the same secret: nobody could tell who did what');
    } else keys.push({ name, scope: known, sha256: Buffer.from(hash, 'hex') });
  }
  return keys;
});
