import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { Slices } from '../../base/slices.ts';
import type { Place } from '../../domain/event.ts';
import type { Wanted } from '../../events/filter.ts';
import { placeFrame } from '../../events/frame.ts';
import type { OpenStream } from '../../events/hub.ts';
import { TooManyStreamsError } from '../http-refusals.ts';
import type { HttpOptions } from '../options.ts';
import type { Begin } from '../reply.ts';
import { KeyWatch } from './key-watch.ts';
import { ResponseSink } from './sink.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  // nginx would keep events back until it has enough of them.
  'X-Accel-Buffering': 'no',
  // The body is whatever comes until the end, so that the same bytes can be sent to all.
  Connection: 'close',
};
/** A client comes back after this time; not all of them in the same moment. */
const RETRY_MS = { least: 1000, most: 4000 };

type Reason = 'closed' | 'cut_off' | 'revoked' | 'stopped';
/** What somebody may want to know who asks why a stream ended. */
const TOLD = new Set<Reason>(['cut_off', 'revoked']);

/** The streams of this server: how many there may be, whose they are, and how they end. */
export class Streams {
  readonly #o: HttpOptions;
  readonly #most: number;
  readonly #keys: KeyWatch;
  readonly #open = new Set<(reason: Reason) => void>();
  #count = 0;
  #isStopping = false;

  /** @param most how many there may be at once */
  constructor(options: HttpOptions, most: number) {
    this.#o = options;
    this.#most = most;
    this.#keys = new KeyWatch(options.security, options.clock);
  }

  /**
   * Once this has resolved, the stream gets whatever is committed.
   * @param from null: from now on
   * @returns what sends it
   * @throws TooManyStreamsError, DatabaseUnavailableError
   */
  async open(context: Context, wanted: Wanted, from: Place | null): Promise<Begin> {
    if (context.method === 'HEAD') return (response) => void response.writeHead(200, HEADERS).end();
    if (this.#isStopping || this.#count >= this.#most) throw new TooManyStreamsError(this.#o.random());
    this.#count += 1;
    try {
      const stream = await this.#o.hub.open(wanted, from);
      const about = { request_id: context.state['requestId'], actor: context.state['actor'] };
      return (response) => this.#begin(stream, context.req, response, about);
    } catch (error) {
      this.#count -= 1;
      throw error;
    }
  }

  #begin(stream: OpenStream, request: IncomingMessage, response: ServerResponse, about: object): void {
    const { log, random, clock } = this.#o;
    const startedMs = clock.monoMs();
    let reason: Reason = 'closed';
    const end = (why: Reason): void => {
      reason = why;
      // To wait until all is sent could take for ever.
      if (response.writableLength > 0) response.destroy();
      else response.end();
    };
    const unwatch = this.#keys.add(request, () => end('revoked'));
    this.#open.add(end);
    const closed = (): void => {
      this.#count -= 1;
      this.#open.delete(end);
      unwatch();
      stream.close();
      const open_s = Math.round((clock.monoMs() - startedMs) / 1000);
      log[TOLD.has(reason) ? 'info' : 'debug']({ event: 'stream_ended', ...about, reason, open_s });
    };
    if (response.destroyed) {
      closed();
      return;
    }
    response.once('close', closed);
    // The connection broke: `close` follows.
    response.on('error', () => {});
    log.debug({ event: 'stream_started', ...about });
    response.removeHeader('Transfer-Encoding');
    response.writeHead(200, HEADERS);
    const sink = new ResponseSink(response, () => end('cut_off'));
    const retry = Math.round(RETRY_MS.least + random() * (RETRY_MS.most - RETRY_MS.least));
    // A client that loses the connection before the first event knows where to go on.
    sink.write(`retry: ${retry}\n${placeFrame(stream.place)}`);
    stream.start(sink);
  }

  /** Ends all of them. From now on there are no new ones. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await new Slices(this.#o.clock).each([...this.#open], (end) => end('stopped'));
  }
}
