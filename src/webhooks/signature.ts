import { createHmac } from 'node:crypto';
import { keyOf } from './secrets.ts';

/**
 * The headers of Standard Webhooks. The id is the event's, the same at every attempt; the time is the attempt's.
 * Signed by node:crypto, because the library hashes in JavaScript, and that holds up the event loop for long bodies.
 * Tests verify it with the library.
 * @param secrets all of them sign, so that a receiver can change over from one to the next
 */
export function signed(id: string, atMs: number, body: string, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const sign = (secret: string): string =>
    `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map(sign).join(' '),
  };
}
