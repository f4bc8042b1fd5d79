import { hash, randomBytes } from 'node:crypto';

/** Programs that look for leaked secrets know ours by it. */
const PREFIX = 'sbcal_';
/** So many that nobody guesses one: no slow hash is needed. */
const BYTES = 32;
const FORM = /^sbcal_[\w-]{43}$/;

export const newToken = (): string => `${PREFIX}${randomBytes(BYTES).toString('base64url')}`;

/** Whether it may be one; anything else need not be looked for. */
export const isToken = (text: string): boolean => FORM.test(text);

export const hashOf = (token: string): string => hash('sha256', token, 'hex');
