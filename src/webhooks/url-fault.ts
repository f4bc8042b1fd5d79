import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';

export const MOST_OF_URL = 2000;

/**
 * What is wrong with the URL of a webhook; null: nothing that can be seen now. What its name resolves to is looked at
 * whenever a connection is made, because that may change.
 */
export function urlFault(text: string, policy: AddressPolicy): string | null {
  if (text.length > MOST_OF_URL) return `must have at most ${MOST_OF_URL} characters`;
  if (!URL.canParse(text)) return 'must be a URL, such as https://example.org/stagebell';
  const url = new URL(text);
  const isEncrypted = url.protocol === 'https:';
  if (!isEncrypted && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') {
    return 'must have no user and no password: a receiver verifies the signature instead';
  }
  if (url.hash !== '') return 'must have no fragment: it would not be sent';
  if (!isEncrypted && !policy.hasAllowed) {
    return 'must begin with https://; an operator can allow http:// to networks of your own with WEBHOOK_ALLOW';
  }
  const host = hostOf(url);
  if (isIP(host) === 0) return null;
  const fault = policy.faultOf(host, isEncrypted);
  return fault === null ? null : `must be reachable: ${fault}`;
}

/** Without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');
