import { Backoff } from '../../base/backoff.ts';
import { type Clock, withTimeout } from '../../base/clock.ts';
import { DatabaseUnavailableError, messageOf } from '../../base/errors.ts';
import type { Health } from '../../base/health.ts';
import type { Results, Start } from './protocol.ts';
import { ThreadLife } from './thread-life.ts';
import { Turns, type Urgency } from './turns.ts';

/** No statement of the service takes this long. One that does is spinning. */
const ANSWER_WITHIN_MS = 60_000;
/** Migrations, maintenance and commands by hand may take long on a large database. */
export const LONG_WORK_MS = 3_600_000;
const CLOSE_WITHIN_MS = 8000;
/** A start reads the folder and replays the log. If it fails, the next one comes after a growing pause. */
const REOPEN_MS = [100, 5000] as const;

export interface ClientEvents {
  onNotification(channel: string, payload: string): void;
  /** The thread was started again: notifications before this were missed. */
  onReopened(): void;
  onError(error: Error): void;
}

interface Transaction {
  query(text: string, values?: unknown[]): Promise<Results>;
}

/**
 * PGlite in a thread of its own: the part of PGlite's interface that MikroORM uses, and a way past the queue for what
 * must not wait. A thread that crashes or spins is ended and started again, as often as needed.
 */
export class EmbeddedClient {
  readonly ready = true;
  readonly waitReady = Promise.resolve();
  readonly #start: Start;
  readonly #clock: Clock;
  readonly #health: Health;
  readonly #events: ClientEvents;
  readonly #turns: Turns;
  readonly #stop = new AbortController();
  #life: ThreadLife | null = null;
  #reopening: Promise<void> = Promise.resolve();
  /** How long a statement may take. */
  patienceMs = ANSWER_WITHIN_MS;

  constructor(start: Start, clock: Clock, health: Health, events: ClientEvents) {
    this.#start = start;
    this.#clock = clock;
    this.#health = health;
    this.#events = events;
    this.#turns = new Turns(clock);
  }

  get isOpen(): boolean {
    return this.#life !== null;
  }

  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Does nothing if it is open. @param signal gives up @throws Error in PostgreSQL's words */
  async open(signal?: AbortSignal): Promise<void> {
    const events = { ...this.#events, onCrash: (why: string) => this.#crashed(why) };
    const stop = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    this.#life ??= await ThreadLife.open(this.#start, this.#clock, events, stop);
  }

  /** For MikroORM. */
  query(text: string, values: unknown[] = []): Promise<Results> {
    return this.run('normal', text, values);
  }

  run(urgency: Urgency, text: string, values: unknown[] = []): Promise<Results> {
    return this.#turns.run(urgency, () => one(this.#alive().ask('query', text, values, this.patienceMs)));
  }

  /** One or more statements without values; they may take an hour. */
  exec(text: string, urgency: Urgency = 'normal'): Promise<Results[]> {
    return this.#turns.run(urgency, () => this.#alive().ask('exec', text, [], LONG_WORK_MS));
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#turns.run('normal', async () => {
      // All in one life of the thread: after a crash the rest must not run outside a transaction.
      const life = this.#alive();
      await life.ask('exec', 'BEGIN', [], this.patienceMs);
      try {
        const result = await work({
          query: (text, values = []) => one(life.ask('query', text, values, this.patienceMs)),
        });
        await life.ask('exec', 'COMMIT', [], this.patienceMs);
        return result;
      } catch (error) {
        await life.ask('exec', 'ROLLBACK', [], this.patienceMs).catch(() => {});
        throw error;
      }
    });
  }

  /** Ends with a checkpoint, so that the next start need not recover; by force if that takes too long. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.#stop.abort();
    await this.#reopening;
    const life = this.#life;
    if (life === null) return;
    const gently = async (): Promise<void> => {
      await life.ask('exec', 'CHECKPOINT', [], CLOSE_WITHIN_MS);
      await life.ask('close', '', [], CLOSE_WITHIN_MS);
    };
    const tooLong = () => new DatabaseUnavailableError('closing took too long');
    await withTimeout(this.#clock, this.#turns.run('urgent', gently), CLOSE_WITHIN_MS, tooLong).catch(() => {});
    await life.end();
  }

  /** Ends it at once, without a checkpoint: its files must not be touched any more. */
  async abandon(): Promise<void> {
    this.#stop.abort();
    await this.#life?.end();
    this.#life = null;
  }

  #alive(): ThreadLife {
    if (this.#life === null) {
      const why = this.closed ? 'The embedded database is closed.' : 'The embedded database is being started again.';
      throw new DatabaseUnavailableError(why);
    }
    return this.#life;
  }

  #crashed(why: string): void {
    this.#life = null;
    if (this.closed) return;
    this.#health.note('embedded', {
      cause: 'the embedded database ended and is being started again',
      cure: 'nothing is lost; see the log for its last words, and check the free space on the disk',
      detail: why,
      isBlocking: true,
    });
    this.#reopening = this.#reopen();
  }

  async #reopen(): Promise<void> {
    const backoff = new Backoff(...REOPEN_MS);
    while (!this.closed && this.#life === null) {
      try {
        await this.open();
      } catch (error) {
        const cause = 'the embedded database ended and cannot be started again';
        const cure = 'see the log for what PostgreSQL says; make room on the disk, or restore the folder from a copy';
        this.#health.note('embedded', { cause, cure, detail: messageOf(error), isBlocking: true });
        await this.#clock.sleep(backoff.next(), this.#stop.signal);
      }
    }
    if (this.closed) return;
    this.#health.note('embedded', null);
    this.#events.onReopened();
  }
}

/** The results of a single statement. */
const one = async (results: Promise<Results[]>): Promise<Results> =>
  (await results)[0] ?? { rows: [], affectedRows: 0 };
