import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Router } from '@koa/router';
import Koa from 'koa';
import { mostDescriptors } from '../base/descriptors.ts';
import { messageOf, StagebellError } from '../base/errors.ts';
import { NO_TUNNEL, refuseByHand, refusedBy } from './client-error.ts';
import { Gate } from './gate.ts';
import { KeptAnswers } from './kept-answers.ts';
import { basePath } from './middleware/base-path.ts';
import { closing } from './middleware/closing.ts';
import { cors } from './middleware/cors.ts';
import { noRoute } from './middleware/no-route.ts';
import { observe } from './middleware/observe.ts';
import { problemExit } from './middleware/problem-exit.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { starting } from './middleware/starting.ts';
import { wellFormed } from './middleware/well-formed.ts';
import { mount } from './mount.ts';
import type { HttpOptions } from './options.ts';
import { DOCS_PAGE } from './pages/docs-page.ts';
import { servePage } from './pages/serve-page.ts';
import type { Route } from './route.ts';
import { routesOf } from './routes/all.ts';
import { Streams } from './stream/streams.ts';
import { Turns } from './turns.ts';

const SETTINGS = {
  // We answer a missing Host ourselves, as a problem.
  requireHostHeader: false,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than the 90 s of Heroku's router, which would otherwise reuse a connection as it closes.
  keepAliveTimeout: 95_000,
  connectionsCheckingInterval: 5_000,
};
/** A client that neither sends nor reads for this long has gone. It is longer than connections may be idle. */
const SILENCE_MS = 120_000;
/** Connections to the database need descriptors too, so some are left for them. */
const MOST_CONNECTIONS = 10_000;
const LEFT_TO_OTHERS = 100;
const FEWEST_CONNECTIONS = 10;
/** So many of the connections may be streams. */
const STREAMS_SHARE = 0.75;
/** Requests handled at once. An embedded database answers one after the other anyway. */
const AT_ONCE = { postgres: 128, embedded: 4 };

/** The HTTP side of an instance: Koa, its middleware in order, and a stop that finishes what runs. */
export class HttpServer {
  /** For the description of the API. */
  readonly routes: readonly Route[];
  readonly #options: HttpOptions;
  /** Of requests with an Idempotency-Key. */
  readonly answers: KeptAnswers;
  readonly #server: Server;
  readonly #streams: Streams;
  /** Connections that have not sent a request yet: Node does not count them as idle. */
  readonly #silent = new Set<Socket>();
  #isStopping = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    const connections = Math.max(FEWEST_CONNECTIONS, Math.min(MOST_CONNECTIONS, mostDescriptors() - LEFT_TO_OTHERS));
    this.#streams = new Streams(options, Math.floor(connections * STREAMS_SHARE));
    this.routes = routesOf({ ...options, streams: this.#streams });
    this.answers = new KeptAnswers(options.database, options.clock, options.log);
    const router = new Router({ sensitive: true });
    const gate = new Gate(options.clock, AT_ONCE[options.database.kind]);
    for (const route of this.routes) mount(router, route, { ...options, gate, answers: this.answers });
    if (options.role !== 'clock') servePage(router, DOCS_PAGE);
    const koa = new Koa();
    // Errors of broken connections come here; everything else leaves by problemExit.
    koa.on('error', (error) => options.log.debug({ event: 'connection', error: messageOf(error) }));
    koa
      .use(requestId)
      .use(closing(() => this.#isStopping))
      .use(observe(options))
      .use(securityHeaders);
    if (options.corsOrigins !== null) koa.use(cors(options.corsOrigins));
    if (options.basePath) koa.use(basePath(options.basePath));
    koa
      .use(problemExit(options))
      .use(wellFormed)
      .use(starting(options.view))
      .use(router.routes())
      .use(noRoute(router, options.role));
    const turns = new Turns(options.clock, koa.callback());
    const take = turns.take.bind(turns);
    this.#server = createServer(SETTINGS, take);
    this.#server.on('checkExpectation', take);
    this.#server.timeout = SILENCE_MS;
    this.#server.maxConnections = connections;
    this.#server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
      if (error.code === 'ECONNRESET') socket.destroy();
      else turns.atEnd(socket, () => refuseByHand(socket, refusedBy(error)));
    });
    this.#server.on('connect', ({ socket }) => turns.atEnd(socket, () => refuseByHand(socket, NO_TUNNEL)));
    this.#server.on('connection', (socket) => {
      this.#silent.add(socket);
      socket.once('close', () => this.#silent.delete(socket));
    });
    this.#server.on('request', ({ socket }) => this.#silent.delete(socket));
  }

  /** @param port 0 for any @throws StagebellError when the address is not available */
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
   * Takes no new connections, ends the streams, finishes the requests that run, closes the rest. Resolves when all are closed. Safe to
   * call twice, and before `listen`.
   * @param timeoutMs after this, requests that still run are cut off
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    this.answers.stop();
    // Also closes the idle ones.
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#silent) socket.destroy();
    void this.#streams.stop();
    const limit = this.#options.clock.after(timeoutMs, () => this.#server.closeAllConnections());
    await closed;
    limit.cancel();
  }
}
