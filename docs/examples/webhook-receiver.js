import { createServer } from 'node:http';
import { verifyWebhook, WebhookVerificationError } from 'stagebell/client';

const LARGEST = 1024 * 1024;

/**
 * Receives webhooks: checks each signature over the bytes that came, answers at once, and handles an event once although
 * it may be sent twice. Keep the ids that you have handled where you keep what you do with them, in one transaction.
 *
 * @param {{ secret: string | string[], handle: (event: import('stagebell/client').Event) => void | Promise<void> }} options
 */
export function webhookReceiver({ secret, handle }) {
  const handled = new Set();
  return createServer(async (request, response) => {
    try {
      const event = verifyWebhook(await bodyOf(request), request.headers, secret);
      if (!handled.has(event.id)) {
        await handle(event);
        handled.add(event.id);
      }
      response.writeHead(204).end();
    } catch (error) {
      // 400: sending it again would not help. 500: it will be sent again later.
      response.writeHead(error instanceof WebhookVerificationError ? 400 : 500).end(`${error.message}\n`);
    }
  });
}

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > LARGEST) throw new WebhookVerificationError('larger than an event can be');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
