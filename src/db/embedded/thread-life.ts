import { Worker } from 'node:worker_threads';
import { type Clock, withTimeout } from '../../base/clock.ts';
import { DatabaseUnavailableError } from '../../base/errors.ts';
import { errorOf, type Reply, type Request, type Results, type Start } from './protocol.ts';

const THREAD = new URL('./thread.ts', import.meta.url);
/** Recovery after a crash reads all WAL since the last checkpoint. */
const OPEN_WITHIN_MS = 300_000;

export interface ThreadEvents {
  onNotification(channel: string, payload: string): void;
  /** It will not answer any more. @param why the reason, in PostgreSQL's words */
  onCrash(why: string): void;
  /** A statement failed; called before its caller gets the error. */
  onError(error: Error): void;
}

interface Pending {
  resolve(results: Results[]): void;
  reject(error: Error): void;
}

/** One life of the database's thread, from its opening until it closes, crashes or is ended. */
export class ThreadLife {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #ids = 0;
  /** Why it no longer answers. */
  #ended: Error | null = null;

  private constructor(start: Start, clock: Clock, events: ThreadEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#worker = new Worker(THREAD, { workerData: start });
  }

  /**
   * @param signal ends it by force, which does no more harm than a crash
   * @throws Error with PostgreSQL's last words, or DatabaseUnavailableError if it did not open in time
   */
  static async open(start: Start, clock: Clock, events: ThreadEvents, signal: AbortSignal): Promise<ThreadLife> {
    const life = new ThreadLife(start, clock, events);
    const tooLong = () => new DatabaseUnavailableError('The embedded database could not be opened in time.');
    try {
      await withTimeout(clock, life.#opened(signal), OPEN_WITHIN_MS, tooLong);
      return life;
    } catch (error) {
      await life.end();
      throw error;
    }
  }

  #opened(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const isClosing = () => reject(new DatabaseUnavailableError('The embedded database is closed.'));
      if (signal.aborted) isClosing();
      signal.addEventListener('abort', isClosing, { once: true });
      const refuse = (said: string[], error: Error) => reject(said.length > 0 ? new Error(wordsOf(said)) : error);
      this.#worker.on('message', (reply: Reply) => {
        if (reply.kind === 'open') resolve();
        else if (reply.kind === 'not-open') refuse(reply.said, errorOf(reply.error));
        else if (reply.kind === 'crashed') {
          refuse(reply.said, new Error('PostgreSQL ended without a word'));
          this.#crash(wordsOf(reply.said));
        } else this.#hear(reply);
      });
      this.#worker.on('error', (error) => {
        reject(error);
        this.#crash(error.message);
      });
      this.#worker.on('exit', () => this.#crash('its thread has ended'));
    });
  }

  /** @param withinMs after this the thread is taken to be spinning, and is ended */
  async ask(kind: Request['kind'], text: string, values: unknown[], withinMs: number): Promise<Results[]> {
    if (this.#ended !== null) throw this.#ended;
    const id = ++this.#ids;
    const seconds = Math.round(withinMs / 1000);
    const watch = this.#clock.after(withinMs, () => this.#crash(`a statement has not been answered for ${seconds} s`));
    try {
      return await new Promise<Results[]>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#worker.postMessage({ id, kind, text, values } satisfies Request);
      });
    } finally {
      watch.cancel();
    }
  }

  /** Stops whatever runs in the thread, by force if necessary. */
  async end(): Promise<void> {
    this.#fail('it was ended');
    await this.#worker.terminate();
  }

  #hear(reply: Extract<Reply, { kind: 'notification' | 'answer' | 'error' }>): void {
    if (reply.kind === 'notification') {
      this.#events.onNotification(reply.channel, reply.payload);
      return;
    }
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.kind === 'answer') {
      pending?.resolve(reply.results);
      return;
    }
    const error = errorOf(reply.error);
    this.#events.onError(error);
    pending?.reject(error);
  }

  #crash(why: string): void {
    if (!this.#fail(why)) return;
    this.#worker.terminate().catch(() => {});
    this.#events.onCrash(why);
  }

  /** @returns false if it had ended before */
  #fail(why: string): boolean {
    if (this.#ended !== null) return false;
    this.#ended = new DatabaseUnavailableError(`The embedded database has ended: ${why}.`);
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
    return true;
  }
}

/** The last complaints in PostgreSQL's log, without time and process. */
function wordsOf(said: readonly string[]): string {
  const complaints = said.filter((line) => /\b(PANIC|FATAL|ERROR):/.test(line));
  const lines = complaints.length > 0 ? complaints : said;
  return lines.map((line) => line.replace(/^.*?\b(PANIC|FATAL|ERROR):\s*/, '')).join('; ');
}
