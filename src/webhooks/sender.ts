import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { VERSION } from '../base/version.ts';
import type { AddressPolicy } from './address-policy.ts';
import { type Outcome, retryAfterMs } from './plan.ts';
import type { Resolve } from './resolver.ts';
import { signed } from './signature.ts';
import { hostOf } from './url-fault.ts';
import { inWords, statusInWords } from './words.ts';

export interface SenderOptions {
  policy: AddressPolicy;
  resolve: Resolve;
  clock: Clock;
  /** For signatures, epoch milliseconds: the database's clock, because a host's may be minutes wrong. */
  nowMs(): number;
  /** For a whole attempt, from the name to the end of the answer. */
  deadlineMs?: number;
}

/** What is sent, and to whom. */
export interface Letter {
  url: string;
  /** Of the event. */
  id: string;
  body: string;
  secrets: readonly string[];
}

const DEADLINE_MS = 15_000;
/** More of an answer is not read. */
const MOST_READ = 65_536;
const KEPT = 1024;
const IDLE_MS = 30_000;
const AGENT = { keepAlive: true, maxFreeSockets: 64, timeout: IDLE_MS };

/** Why an address may not be connected to. */
class ForbiddenAddressError extends Error {}

/** Makes attempts: one POST each, whose outcome is never an exception. */
export class Sender {
  readonly #o: SenderOptions;
  readonly #deadlineMs: number;
  readonly #plain = new http.Agent(AGENT);
  readonly #encrypted = new https.Agent(AGENT);

  constructor(options: SenderOptions) {
    this.#o = options;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  close(): void {
    this.#plain.destroy();
    this.#encrypted.destroy();
  }

  /** @param signal gives it up: what came of it is not known then */
  send(letter: Letter, signal?: AbortSignal): Promise<Outcome> {
    const { clock } = this.#o;
    const startedMs = clock.monoMs();
    return new Promise((resolve) => {
      let request: ClientRequest | null = null;
      let isOver = false;
      const end = (outcome: Partial<Outcome>): void => {
        if (isOver) return;
        isOver = true;
        timer.cancel();
        signal?.removeEventListener('abort', giveUp);
        const tookMs = Math.round((clock.monoMs() - startedMs) * 10) / 10;
        resolve({ status: null, answer: '', error: null, retryAfterMs: null, ...outcome, tookMs });
      };
      const cut = (outcome: Partial<Outcome>): void => {
        end(outcome);
        request?.destroy();
      };
      const late = `no complete answer within ${this.#deadlineMs / 1000} s`;
      let heard: Partial<Outcome> = {};
      const timer = clock.after(this.#deadlineMs, () => cut({ ...heard, error: late }));
      const giveUp = (): void => cut({ error: 'given up, because this instance stops' });
      signal?.addEventListener('abort', giveUp);
      const attempt = (isSecond: boolean): void => {
        try {
          request = this.#post(letter);
        } catch (error) {
          end({ error: inWords(error) });
          return;
        }
        request.on('error', (error: NodeJS.ErrnoException) => {
          const isStale = !isSecond && heard.status === undefined && request?.reusedSocket === true;
          // It closed an idle connection just as we used it again.
          if (isStale && (error.code === 'ECONNRESET' || error.code === 'EPIPE') && !isOver) attempt(true);
          else end({ ...heard, error: error instanceof ForbiddenAddressError ? error.message : inWords(error) });
        });
        request.on('response', (response) => {
          heard = this.#hear(response);
          read(response, (answer, isWhole) => {
            heard = { ...heard, answer };
            if (isWhole === false) cut(heard);
            else if (isWhole === true) end(heard);
          });
          response.on('error', (error) => end({ ...heard, error: inWords(error) }));
          response.on('aborted', () => end({ ...heard, error: 'it closed the connection within its answer' }));
        });
        request.end(letter.body);
      };
      attempt(false);
    });
  }

  #post({ url, id, body, secrets }: Letter): ClientRequest {
    const { policy, nowMs } = this.#o;
    const to = new URL(url);
    const isEncrypted = to.protocol === 'https:';
    const host = hostOf(to);
    // Addresses are not looked up.
    const fault = isIP(host) === 0 ? null : policy.faultOf(host, isEncrypted);
    if (fault !== null) throw new ForbiddenAddressError(fault);
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': `Stagebell/${VERSION}`,
      ...signed(id, nowMs(), body, secrets),
    };
    const options = { method: 'POST', headers, lookup: this.#lookup(isEncrypted) };
    if (!isEncrypted) return http.request(to, { ...options, agent: this.#plain });
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    return https.request(to, { ...options, agent: this.#encrypted, rejectUnauthorized: true });
  }

  /**
   * Every address is checked when a connection is made to it, so a name that resolves differently the second time gains
   * nothing. If one of several is not allowed, none is used.
   */
  #lookup(isEncrypted: boolean): LookupFunction {
    const { policy, resolve } = this.#o;
    return (name, { all }, callback) => {
      resolve(name).then(
        (addresses) => {
          const fault = addresses
            .map((address) => policy.faultOf(address, isEncrypted))
            .find((found) => found !== null);
          const [first] = addresses;
          if (fault !== undefined || first === undefined) {
            callback(new ForbiddenAddressError(fault ?? `${name} has no address`), '');
          } else if (all === true) {
            callback(
              null,
              addresses.map((address) => ({ address, family: isIP(address) })),
            );
          } else callback(null, first, isIP(first));
        },
        (error) => callback(error, ''),
      );
    };
  }

  #hear({ statusCode = 0, headers }: IncomingMessage): Partial<Outcome> {
    const isSuccess = statusCode >= 200 && statusCode < 300;
    return {
      status: statusCode,
      error: isSuccess ? null : statusInWords(statusCode, headers.location),
      retryAfterMs: isSuccess ? null : retryAfterMs(headers['retry-after'], this.#o.clock.wallMs()),
    };
  }
}

/**
 * Reads the body of an answer.
 * @param tell gets how it begins, and whether that is the end: null: more comes, false: more is not read
 */
function read(response: IncomingMessage, tell: (answer: string, isWhole: boolean | null) => void): void {
  const kept: Buffer[] = [];
  let bytes = 0;
  const shown = (): string => asText(Buffer.concat(kept).subarray(0, KEPT));
  response.on('data', (piece: Buffer) => {
    if (bytes < KEPT) kept.push(piece.subarray(0, KEPT));
    bytes += piece.length;
    if (bytes > MOST_READ) tell(shown(), false);
    else if (bytes <= KEPT) tell(shown(), null);
  });
  response.on('end', () => tell(shown(), true));
}

/** As PostgreSQL can store it: without U+0000. */
const asText = (bytes: Buffer): string => bytes.toString('utf8').replaceAll('\0', '\ufffd');
