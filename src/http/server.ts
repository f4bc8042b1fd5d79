import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Router } from '@koa/router';
import Koa from 'koa';
import { messageOf, StagebellError } from '../base/errors.ts';
import { answerClientError } from './client-error.ts';
import { closing } from './middleware/closing.ts';
import { noRoute } from './middleware/no-route.ts';
import { observe } from './middleware/observe.ts';
import { problemExit } from './middleware/problem-exit.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { mount } from './mount.ts';
import type { HttpOptions } from './options.ts';
import type { Route } from './route.ts';
import { routesOf } from './routes/all.ts';

const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than the 90 s of Heroku's router, which would otherwise reuse a connection as it closes.
  keepAliveTimeout: 95_000,
  connectionsCheckingInterval: 5_000,
};

/** The HTTP side of an instance: Koa, its middleware in order, and a stop that finishes what runs. */
export class HttpServer {
  /** For the description of the API. */
  readonly routes: readonly Route[];
  readonly #options: HttpOptions;
  readonly #server: Server;
  /** Connections that have not sent a request yet: Node does not count them as idle. */
  readonly #silent = new Set<Socket>();
  #isStopping = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.routes = routesOf(options);
    const router = new Router();
    for (const route of this.routes) mount(router, route, options);
    const koa = new Koa();
    // Errors of broken connections come here; everything else leaves by problemExit.
    koa.on('error', (error) => options.log.debug({ event: 'connection', error: messageOf(error) }));
    koa
      .use(requestId)
      .use(closing(() => this.#isStopping))
      .use(observe(options))
      .use(securityHeaders)
      .use(problemExit(options))
      .use(router.routes())
      .use(noRoute(router, options.role));
    this.#server = createServer(TIMEOUTS, koa.callback());
    this.#server.on('clientError', answerClientError);
    this.#server.on('connection', (socket) => {
      this.#silent.add(socket);
      socket.once('close', () => this.#silent.delete(socket));
    });
    this.#server.on('request', ({ socket }) => this.#silent.delete(socket));
  }

  /** @param port 0 for any @throws StagebellError when the address cannot be had */
  listen(port: number, host: string): Promise<{ port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const message = `Cannot listen on ${host}:${port}: ${messageOf(error)}. Set PORT or HOST to an address that is free.`;
        reject(new StagebellError('cannot_listen', 500, message, { cause: error }));
      });
      this.#server.listen(port, host, () => resolve({ port: (this.#server.address() as AddressInfo).port }));
    });
  }

  /**
   * Takes no new connections, finishes the requests that run, closes the rest. Resolves when all are
   * closed. Safe to call twice, and before `listen`.
   * @param timeoutMs after which what still runs is cut off
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    // Also closes the idle ones.
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#silent) socket.destroy();
    const limit = this.#options.clock.after(timeoutMs, () => this.#server.closeAllConnections());
    await closed;
    limit.cancel();
  }
}
