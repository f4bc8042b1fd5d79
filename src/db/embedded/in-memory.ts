import type { PGlite } from '@electric-sql/pglite';
import { messageOf } from '../../base/errors.ts';
import type { Ears, EarsEvents } from '../database.ts';
import type { Store } from './store.ts';

/**
 * A database in this thread that is gone at the end: for the demo, and for tests, because PGlite here follows their
 * fake clock.
 */
export class InMemory implements Store {
  readonly options = { dbName: 'memory://' };
  #pglite: PGlite | null = null;

  async open(): Promise<void> {}

  /** @param pglite the one that MikroORM has made */
  use(pglite: PGlite): void {
    this.#pglite = pglite;
  }

  async run(_urgency: unknown, text: string, values: unknown[]): Promise<unknown[]> {
    return (await this.#native().query(text, values)).rows;
  }

  listen(readChannel: () => Promise<string>, events: EarsEvents): Ears {
    const ears = { isListening: false, reconnect: () => {}, close: async () => (await unlisten)?.() };
    const unlisten = readChannel()
      .then((channel) => this.#native().listen(channel, (payload) => events.onMessage(payload)))
      .then(
        (stop) => {
          ears.isListening = true;
          events.onListening();
          return stop;
        },
        (error) => {
          events.onDeaf(messageOf(error));
          return undefined;
        },
      );
    return ears;
  }

  patiently<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async close(): Promise<void> {}

  #native(): PGlite {
    if (this.#pglite === null) throw new Error('pglite is closed: connect() has not resolved');
    return this.#pglite;
  }
}
