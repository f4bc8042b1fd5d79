import { Webhook } from 'standardwebhooks';
import type { Event } from './api.ts';

/** Not from this service, or altered on the way, or too old. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/**
 * The event of a webhook, once its signature has been checked.
 * @param body as it came, byte for byte: not parsed and written again
 * @param headers of the request: a `Headers`, or an object of node:http
 * @param secret `whsec_...`, as it was shown when the webhook was created; several while it is being rotated
 * @throws WebhookVerificationError
 */
export function verifyWebhook(
  body: string | Uint8Array,
  headers: Headers | Readonly<Record<string, string | string[] | undefined>>,
  secret: string | readonly string[],
): Event {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const named = Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  let failure = new Error('no secret is given');
  for (const each of [secret].flat()) {
    try {
      return new Webhook(each).verify(text, named) as Event;
    } catch (error) {
      failure = error as Error;
    }
  }
  throw new WebhookVerificationError(`Not a webhook of this service: ${failure.message}`, { cause: failure });
}
