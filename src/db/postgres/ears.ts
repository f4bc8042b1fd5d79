import type pg from 'pg';
import { Backoff } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Ears, EarsEvents } from '../database.ts';
import { READ_CHANNEL } from '../names.ts';
import { cut } from './session.ts';

/** What is said meanwhile is missed, so the first try is made soon; a server that stays away is tried less often. */
const RECONNECT_MS = [50, 2000] as const;

/**
 * LISTEN on a connection of its own, for ever: connect, LISTEN, report it, wait until the connection breaks, begin
 * again. A dead peer raises no event, so the owner calls `reconnect` when it should have heard something and did not.
 */
export class PostgresEars implements Ears {
  isListening = false;
  readonly #open: () => Promise<pg.Client>;
  readonly #events: EarsEvents;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #hangUp: (reason: string) => void = () => {};

  constructor(open: () => Promise<pg.Client>, events: EarsEvents, clock: Clock) {
    this.#open = open;
    this.#events = events;
    this.#clock = clock;
    this.#running = this.#run();
  }

  reconnect(reason: string): void {
    this.#hangUp(reason);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#hangUp('closing');
    await this.#running;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(...RECONNECT_MS);
    while (!this.#stop.signal.aborted) {
      const reason = await this.#listenOnce(() => backoff.reset());
      this.isListening = false;
      if (this.#stop.signal.aborted) return;
      this.#events.onDeaf(reason);
      await this.#clock.sleep(backoff.next(), this.#stop.signal);
    }
  }

  /** Listens until the connection is lost. Resolves with the reason. */
  async #listenOnce(onSuccess: () => void): Promise<string> {
    let client: pg.Client;
    try {
      client = await this.#open();
    } catch (error) {
      return messageOf(error);
    }
    const lost = new Promise<string>((resolve) => {
      client.once('error', (error) => resolve(messageOf(error)));
      client.once('end', () => resolve('the connection ended'));
      this.#hangUp = resolve;
    });
    client.on('notification', (message) => this.#events.onMessage(message.payload ?? ''));
    try {
      // Read each time: a restored table has another oid.
      const { rows } = await client.query(READ_CHANNEL.text);
      await client.query(`LISTEN ${rows[0].channel}`);
      if (this.#stop.signal.aborted) return 'closing';
      this.isListening = true;
      onSuccess();
      this.#events.onListening();
      return await lost;
    } catch (error) {
      // On some minor versions 58P01 means a stale queue; asking for its usage mends it.
      if ((error as { code?: string }).code === '58P01') {
        await client.query('SELECT pg_notification_queue_usage()').catch(() => {});
      }
      return messageOf(error);
    } finally {
      this.#hangUp = () => {};
      cut(client);
    }
  }
}
