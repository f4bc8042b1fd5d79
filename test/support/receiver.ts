import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { eventually } from './wait.ts';

/** What a receiver of webhooks got. */
export interface Got {
  id: string;
  body: string;
  headers: Record<string, string>;
  atMs: number;
}

export type Answering = (response: ServerResponse, got: Got, request: IncomingMessage) => void;
const well: Answering = (response) => response.writeHead(204).end();

/** A receiver of webhooks that answers as a test wants it. */
export class Receiver {
  readonly got: Got[] = [];
  /** Requests at this moment, and the most there were at once. */
  open = 0;
  mostOpen = 0;
  answer: Answering;
  url = '';
  readonly #server: ReturnType<typeof createServer>;

  private constructor(answer: Answering, tls?: { key: string | Buffer; cert: string | Buffer }) {
    this.answer = answer;
    const take = (request: IncomingMessage, response: ServerResponse): void => this.#take(request, response);
    this.#server = tls === undefined ? createServer(take) : createSecureServer(tls, take);
    this.#server.on('connection', (socket) => socket.on('error', () => {}));
  }

  static async start(
    answer: Answering = well,
    tls?: { key: string | Buffer; cert: string | Buffer },
  ): Promise<Receiver> {
    const receiver = new Receiver(answer, tls);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.#server.address() as AddressInfo;
    receiver.url = `http${tls === undefined ? '' : 's'}://127.0.0.1:${port}/hook`;
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves once it got so many. */
  has(count: number, timeoutMs = 10_000): Promise<Got[]> {
    return eventually(
      () => {
        if (this.got.length < count) throw new Error(`${this.got.length} of ${count} have arrived`);
        return this.got;
      },
      { timeoutMs, everyMs: 5 },
    );
  }

  get ids(): string[] {
    return this.got.map(({ id }) => id);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    response.once('close', () => {
      this.open -= 1;
    });
    let body = '';
    request.setEncoding('utf8');
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const got = { id: headers['webhook-id'] ?? '', body, headers, atMs: performance.now() };
      this.got.push(got);
      this.answer(response, got, request);
    });
  }
}
