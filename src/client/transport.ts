import ky, { isHTTPError, type KyInstance } from 'ky';
import { Instances } from './instances.ts';
import { ConnectionError, problemOf } from './problems.ts';

export interface ClientOptions {
  /**
   * Where the service is, with its base path if it has one. With several instances, the next one is taken when one does
   * not answer.
   */
  url: string | readonly string[];
  /** An API key or a token; or what gives one, for tokens that expire. */
  key?: string | (() => string | Promise<string>);
  /** The user of your platform for whom all of this is done: it stands on the record behind the key's name. */
  onBehalfOf?: string;
  /** How long one try may take, in milliseconds. Default: 10,000. */
  timeoutMs?: number;
  /** How often a call is tried again at most. Default: 3. */
  retries?: number;
  /** Another `fetch`, such as that of a framework. */
  fetch?: typeof fetch;
}

/** What may be sent with any call. */
export interface CallOptions {
  /** Edit or delete only this version: a number, or an ETag. */
  ifMatch?: number | string;
  /** The ETag of an answer that you have: a body of undefined says that it still holds. */
  ifNoneMatch?: string;
  onBehalfOf?: string;
  /** By default each POST has one of its own, so that it can be tried again without being done twice. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface Sent extends CallOptions {
  method: string;
  /** With its leading slash and its query. */
  path: string;
  body?: unknown;
}

/** These may have been answered although nothing was done, or nothing yet. */
const TRIED_AGAIN = [408, 429, 502, 503, 504];
const LONGEST_PAUSE_MS = 30_000;

/** Sends requests, tries again what may be sent twice, and turns refusals into errors. */
export class Transport {
  readonly instances: Instances;
  readonly #options: ClientOptions;
  readonly #ky: KyInstance;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.instances = new Instances(options.url);
    this.#ky = ky.create({
      timeout: options.timeoutMs ?? 10_000,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      retry: {
        limit: options.retries ?? 3,
        methods: ['get', 'put', 'post'],
        statusCodes: TRIED_AGAIN,
        afterStatusCodes: [429, 503],
        maxRetryAfter: LONGEST_PAUSE_MS,
        retryOnTimeout: true,
        jitter: (pauseMs) => pauseMs * (0.5 + Math.random()),
      },
      hooks: {
        beforeRetry: [
          ({ request }) => {
            this.instances.failed(request.url);
            return new Request(this.instances.redirect(request.url), request);
          },
        ],
      },
    });
  }

  /** Headers that say who asks. */
  async credentials({ onBehalfOf = this.#options.onBehalfOf }: CallOptions = {}): Promise<Record<string, string>> {
    const { key } = this.#options;
    const secret = typeof key === 'function' ? await key() : key;
    return {
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      ...(onBehalfOf === undefined ? {} : { 'on-behalf-of': encodeURIComponent(onBehalfOf) }),
    };
  }

  /** `fetch` as it was given: without time limits and tries, for what lasts. */
  get fetch(): typeof fetch {
    return this.#options.fetch ?? globalThis.fetch;
  }

  /** @throws ProblemError; ConnectionError; what `signal` was aborted with */
  async send(sent: Sent): Promise<Response> {
    const { method, path, body, signal } = sent;
    try {
      return await this.#ky(this.instances.at(path), {
        method,
        headers: { ...(await this.credentials(sent)), ...conditionsOf(sent) },
        throwHttpErrors: (status) => status !== 304,
        ...(body === undefined ? {} : { json: body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (!isHTTPError(error))
        throw new ConnectionError(`${method} ${path}: ${(error as Error).message}`, { cause: error });
      const { status, headers } = error.response;
      throw (
        problemOf(error.data, headers) ??
        new ConnectionError(`${method} ${path}: answered ${status}, and not by Stagebell`, { cause: error })
      );
    }
  }
}

function conditionsOf({ method, ifMatch, ifNoneMatch, idempotencyKey }: Sent): Record<string, string> {
  const once = idempotencyKey ?? (method === 'POST' ? crypto.randomUUID() : undefined);
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': typeof ifMatch === 'number' ? `"${ifMatch}"` : ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    ...(once === undefined ? {} : { 'idempotency-key': once }),
  };
}
