import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SERVICE } from './house.ts';

/** As often as the service tries again, and more: they are to win. */
const EVERY_MS = 10;
/** Refused by one of them there is no need to try with many. */
const AT_ONCE = 4;

/** Another program with the password of the service: takes every connection that it can get, and keeps it. */
export class Strangers {
  readonly #url: string;
  readonly #clients = new Set<pg.Client>();
  readonly #running: Promise<unknown>;
  #isOver = false;
  #wasRefused: () => void = () => {};
  /** Resolves when there is no connection left for anybody. */
  readonly full = new Promise<void>((resolve) => {
    this.#wasRefused = resolve;
  });

  constructor(url: string) {
    const own = new URL(url);
    own.username = SERVICE;
    this.#url = own.href;
    this.#running = Promise.all(Array.from({ length: AT_ONCE }, () => this.#take()));
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    await Promise.all([...this.#clients].map((client) => client.end().catch(() => {})));
  }

  async #take(): Promise<void> {
    while (!this.#isOver) {
      const client = new pg.Client({ connectionString: this.#url, application_name: 'stranger' });
      // The server may go away under it.
      client.on('error', () => this.#clients.delete(client));
      try {
        await client.connect();
        this.#clients.add(client);
      } catch {
        client.end().catch(() => {});
        this.#wasRefused();
        await sleep(EVERY_MS);
      }
    }
  }
}
