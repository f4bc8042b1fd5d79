import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What tests put before every path. */
export const PREFIX = '/bell';

export interface ReverseProxy {
  /** With the prefix. */
  url: string;
  close(): Promise<void>;
}

/**
 * Something in front of a service: it serves what is below the prefix, and nothing else.
 * @param keeps whether it leaves the prefix in the paths that it passes on, as some do
 */
export async function startReverseProxy(target: string, { keeps }: { keeps: boolean }): Promise<ReverseProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith(`${PREFIX}/`)) {
      outgoing.writeHead(404).end('Nothing of mine.');
      return;
    }
    const path = keeps ? url : url.slice(PREFIX.length);
    const onward = request({ hostname, port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PREFIX}`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}
