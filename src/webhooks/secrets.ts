import { randomBytes } from 'node:crypto';

/** As Standard Webhooks writes secrets: a prefix that scanners for leaked secrets know, and at least 24 bytes in base64. */
const PREFIX = 'whsec_';
const BYTES = 32;

export const newSecret = (): string => `${PREFIX}${randomBytes(BYTES).toString('base64')}`;

export const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), 'base64');
