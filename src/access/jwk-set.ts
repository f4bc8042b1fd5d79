import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { messageOf, StagebellError } from '../base/errors.ts';
import { isSafe, type JwtOptions } from './jwt.ts';

/** For the whole answer: a server that sends a byte a second is given up as well. */
const DEADLINE_MS = 3000;
const MOST_BYTES = 256 * 1024;
const MOST_KEYS = 100;
/** A key that its issuer has withdrawn is believed no longer than this. */
const FRESH_MS = 600_000;
/** Nobody makes us ask more often than this, with whatever names of keys. */
const COOLDOWN_MS = 30_000;

type Keys = ReturnType<typeof createLocalJWKSet>;

/** Whether a token is genuine cannot be known: 503, because 401 would make its bearer log in again. */
export class JwksUnavailableError extends StagebellError {
  constructor(cause: unknown) {
    super('jwks_unavailable', 503, "The keys of the tokens' issuer cannot be read: try again in a moment.", { cause });
  }
}

type JwkSetOptions = Pick<JwtOptions, 'url' | 'isMetadata' | 'clock' | 'health'>;

/**
 * The public keys of an issuer (JWKS). They are read when the first token comes, again when they are old, and when a
 * token names one that is not among them. While they cannot be read, those that were read last go on.
 */
export class JwkSet {
  readonly #o: JwkSetOptions;
  #keys: Keys | null = null;
  #readMs = Number.NEGATIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #failure: unknown = null;
  #reading: Promise<void> | null = null;

  constructor(options: JwkSetOptions) {
    this.#o = options;
  }

  /** @throws JwksUnavailableError; an error of jose where the issuer has no such key */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): ReturnType<Keys> {
    if (this.#keys === null || this.#o.clock.monoMs() - this.#readMs > FRESH_MS) await this.#read();
    if (this.#keys === null) throw new JwksUnavailableError(this.#failure);
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    // The issuer may have a new key.
    await this.#read();
    if (this.#failure !== null) throw new JwksUnavailableError(this.#failure);
    return this.#keys(header, token);
  }

  /** Not during the cooldown. Never rejects: see #failure. */
  async #read(): Promise<void> {
    const { clock, health, url } = this.#o;
    if (this.#reading === null && clock.monoMs() - this.#triedMs < COOLDOWN_MS) return;
    this.#reading ??= this.#fetch()
      .then(
        (keys) => {
          this.#keys = keys;
          this.#readMs = clock.monoMs();
          this.#failure = null;
          health.note('jwks', null);
        },
        (error: unknown) => {
          this.#failure = error;
          health.note('jwks', {
            cause: `the keys of the issuer of tokens cannot be read${this.#keys === null ? '' : ', and those that were read last go on'}`,
            cure: 'see the detail; check JWT_JWKS_URL, or JWT_ISSUER, and that this host reaches it',
            detail: `${url}: ${messageOf(error)}`,
          });
        },
      )
      .finally(() => {
        this.#triedMs = clock.monoMs();
        this.#reading = null;
      });
    await this.#reading;
  }

  async #fetch(): Promise<Keys> {
    const { url, isMetadata, clock } = this.#o;
    const stop = new AbortController();
    const deadline = clock.after(DEADLINE_MS, () => stop.abort(new Error(`no answer within ${DEADLINE_MS} ms`)));
    try {
      const at = isMetadata ? (await readJson<{ jwks_uri?: unknown }>(url, stop.signal)).jwks_uri : url;
      if (typeof at !== 'string' || !isSafe(at)) throw new Error('its metadata has no jwks_uri that is https');
      const { keys } = await readJson<{ keys?: unknown }>(at, stop.signal);
      if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw new Error(`it is no set of up to ${MOST_KEYS} keys`);
      return createLocalJWKSet({ keys } as JSONWebKeySet);
    } finally {
      deadline.cancel();
    }
  }
}

async function readJson<T>(url: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (!response.ok || response.body === null) throw new Error(`it answered ${response.status}`);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES / 1024} KB`);
    pieces.push(piece);
  }
  const value: unknown = JSON.parse(Buffer.concat(pieces).toString());
  if (typeof value !== 'object' || value === null) throw new Error('it is no JSON object');
  return value as T;
}
