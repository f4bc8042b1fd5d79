import { ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { SeenAnswer } from './answers.ts';

/**
 * Every answer of a Stagebell that a test sees is held against what its route declares: those of servers in this
 * process as they leave, those of other processes as fetch brings them. A test that asks by fetch fails at once,
 * and the run fails for what was only retried, or asked by other means.
 */
const complaints = new Set<string>();
const looking = new Set<Promise<unknown>>();
let test = '';

/** Watches from now on. */
export function watchAnswers(): void {
  watchServers();
  watchFetch();
}

/** What is asked from now on is asked by this test. */
export function asks(title: string): void {
  test = title;
}

/** @throws when an answer was not as its route declares it */
export async function checkAnswers(): Promise<void> {
  await Promise.all(looking);
  if (complaints.size > 0) throw new Error(`Answers that no route declares:\n${[...complaints].join('\n')}`);
}

/** @returns what is wrong with it; null: nothing */
async function judge(answer: SeenAnswer): Promise<string | null> {
  // Loaded with the first answer: most tests ask nothing by HTTP.
  const { faultOf } = await import('./answers.ts');
  const fault = faultOf(answer);
  if (fault === null) return null;
  const { method, target, status, text } = answer;
  const complaint = `${method} ${target.slice(0, 200)} answered ${status}, and ${fault}: ${text.slice(0, 500)} (${test})`;
  complaints.add(complaint);
  return complaint;
}

function watchServers(): void {
  const { write, end } = ServerResponse.prototype;
  /** Long answers are written in pieces. */
  const written = new WeakMap<ServerResponse, Buffer[]>();
  ServerResponse.prototype.write = function (this: ServerResponse, ...args: unknown[]) {
    const [chunk] = args;
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (Buffer.isBuffer(piece)) {
      const pieces = written.get(this) ?? [];
      pieces.push(piece);
      written.set(this, pieces);
    }
    return (write as (...args: unknown[]) => boolean).apply(this, args);
  } as typeof write;
  ServerResponse.prototype.end = function (this: ServerResponse, ...args: unknown[]) {
    const pieces = written.get(this);
    const chunk = pieces === undefined ? args[0] : Buffer.concat(pieces);
    // Only ours name the request. After the connection has gone nobody is answered.
    if (this.hasHeader('x-request-id') && !this.destroyed) {
      const { method = '', url = '' } = this.req;
      const headers = new Map(Object.entries(this.getHeaders()));
      const header = (name: string) => headers.get(name.toLowerCase())?.toString() ?? null;
      const bytes = Buffer.isBuffer(chunk) && header('content-encoding') === 'gzip' ? gunzipSync(chunk) : chunk;
      const text = typeof bytes === 'string' ? bytes : Buffer.isBuffer(bytes) ? bytes.toString() : '';
      look({ method, target: url, status: this.statusCode, header, text });
    }
    return (end as (...args: unknown[]) => ServerResponse).apply(this, args);
  } as typeof end;
}

function watchFetch(): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    const url = new URL(response.url);
    // What streams has no end to wait for.
    const isStream = response.headers.get('content-type')?.includes('event-stream') === true;
    if (isStream || !response.headers.has('x-request-id')) return response;
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    // Read to its end here: of a copy the other half would hold the connection where nobody reads it.
    const text = await response.text();
    const complaint = await judge({
      method,
      target: url.pathname + url.search,
      status: response.status,
      header: (name) => response.headers.get(name),
      text,
    });
    if (complaint !== null) throw new Error(complaint);
    const read = new Response([204, 304].includes(response.status) ? null : text, response);
    return Object.defineProperty(read, 'url', { value: response.url });
  };
}

/** For whoever asks by other means, and has no time to wait for the judgement. */
export function look(answer: SeenAnswer): void {
  const looked = judge(answer);
  looking.add(looked);
  void looked.finally(() => looking.delete(looked));
}
