import { createHash, randomBytes } from 'node:crypto';

/** Programs that look for leaked secrets know ours by it. */
const PREFIX = 'sb_';
/** So many that nobody guesses one: no slow hash is needed. */
const BYTES = 32;
const FORM = /^sb_[\w-]{43}$/;

/** The secret of a key that is stored. */
export const newSecret = (): string => `${PREFIX}${randomBytes(BYTES).toString('base64url')}`;

/** Whether it may be one; anything else need not be looked for. */
export const isOfStoredKey = (secret: string): boolean => FORM.test(secret);

export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
