import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import type { Context } from 'koa';
import type { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Principal } from '../access/authenticator.ts';
import type { Clock } from '../base/clock.ts';
import { clientAddress } from './client-address.ts';
import { RateLimitedError, UnauthorizedError } from './http-refusals.ts';

/** So many requests in so many seconds. */
export interface Limit {
  requests: number;
  seconds: number;
}

export interface RateLimitOptions {
  /** Of each caller; null: none. */
  limit: Limit | null;
  /** A client of ioredis of its own, by which instances count together; null: each counts by itself. */
  redis: object | null;
  proxies: BlockList;
  clock: Clock;
}

/** Keys and tokens that are not valid, from one address. A program with an old key stays below it. */
const FAILURES: Limit = { requests: 30, seconds: 60 };
/** How many addresses, and credentials that were valid, are remembered. */
const MOST_REMEMBERED = 10_000;
const PREFIX = 'stagebell:limit';

/** What an address has shown in vain. */
interface Failures {
  count: number;
  /** Monotonic: when they are forgotten. */
  untilMs: number;
}

/**
 * Bounds what one caller may ask for, and how often one address may guess. An address that has guessed too often is not
 * listened to for the rest of the minute, except with what has been valid here before: behind one address there may be
 * many callers.
 */
export class RateLimits {
  readonly #o: RateLimitOptions;
  readonly #counter: Promise<Counter> | null;
  readonly #failures = new Map<string, Failures>();
  /** Hashes of what has been valid here. */
  readonly #valid = new Set<string>();

  constructor(options: RateLimitOptions) {
    this.#o = options;
    this.#counter = options.limit === null ? null : counterOf(options.limit, options.redis);
  }

  /** @param authorize says who it is @throws RateLimitedError, and what `authorize` throws */
  async authorized(request: IncomingMessage, authorize: () => Promise<Principal>): Promise<Principal> {
    const { authorization } = request.headers;
    if (authorization === undefined) return authorize();
    const shown = hash('sha256', authorization, 'base64');
    if (this.#failures.size > 0 && !this.#valid.has(shown)) this.#checkAddress(request);
    try {
      const principal = await authorize();
      if (!this.#valid.has(shown)) {
        makeRoom(this.#valid);
        this.#valid.add(shown);
      }
      return principal;
    } catch (error) {
      if (error instanceof UnauthorizedError) {
        this.#valid.delete(shown);
        this.#failed(request);
      }
      throw error;
    }
  }

  /** One more request of this caller. @throws RateLimitedError */
  async count(context: Context, { name }: Principal): Promise<void> {
    const { limit, proxies } = this.#o;
    if (this.#counter === null || limit === null) return;
    // A key and an address never meet.
    const caller = name === null ? `address ${clientAddress(context.req, proxies)}` : `key ${name}`;
    const { left, leftMs, isOver } = await (await this.#counter)(caller);
    const seconds = Math.max(1, Math.ceil(leftMs / 1000));
    context.set('RateLimit-Policy', `"caller";q=${limit.requests};w=${limit.seconds}`);
    context.set('RateLimit', `"caller";r=${left};t=${seconds}`);
    if (!isOver) return;
    throw new RateLimitedError(`This caller may send ${limit.requests} requests in ${limit.seconds} s.`, seconds);
  }

  #checkAddress(request: IncomingMessage): void {
    const { clock, proxies } = this.#o;
    const address = clientAddress(request, proxies);
    const failures = this.#failures.get(address);
    if (failures === undefined) return;
    const leftMs = failures.untilMs - clock.monoMs();
    if (leftMs <= 0) this.#failures.delete(address);
    else if (failures.count >= FAILURES.requests) {
      const why = 'Too many keys or tokens from this address were not valid.';
      throw new RateLimitedError(why, Math.max(1, Math.ceil(leftMs / 1000)));
    }
  }

  #failed(request: IncomingMessage): void {
    const { clock, proxies } = this.#o;
    const address = clientAddress(request, proxies);
    const nowMs = clock.monoMs();
    const known = this.#failures.get(address);
    if (known !== undefined && known.untilMs > nowMs) {
      known.count += 1;
      return;
    }
    makeRoom(this.#failures);
    this.#failures.set(address, { count: 1, untilMs: nowMs + FAILURES.seconds * 1000 });
  }
}

/** The oldest goes. */
function makeRoom(remembered: Map<string, unknown> | Set<string>): void {
  const [oldest] = remembered.keys();
  if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}

/** Counts one request, and says how many are left until the window ends. */
type Counter = (caller: string) => Promise<{ left: number; leftMs: number; isOver: boolean }>;

async function counterOf({ requests: points, seconds: duration }: Limit, redis: object | null): Promise<Counter> {
  // Not loaded where there is no limit.
  const library = await import('rate-limiter-flexible');
  const memory = new library.RateLimiterMemory({ points, duration });
  const limiter: RateLimiterMemory | RateLimiterRedis =
    redis === null
      ? memory
      : new library.RateLimiterRedis({
          storeClient: redis,
          rejectIfRedisNotReady: true,
          // While Redis is away each instance counts by itself.
          insuranceLimiter: memory,
          keyPrefix: PREFIX,
          points,
          duration,
          // A caller that is over is not asked about again.
          inMemoryBlockOnConsumed: points + 1,
        });
  return async (caller) => {
    try {
      const { remainingPoints, msBeforeNext } = await limiter.consume(caller);
      return { left: remainingPoints, leftMs: msBeforeNext, isOver: false };
    } catch (over) {
      if (!(over instanceof library.RateLimiterRes)) throw over;
      return { left: 0, leftMs: over.msBeforeNext, isOver: true };
    }
  };
}
