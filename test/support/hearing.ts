import type { Database, Ears } from '../../src/db/database.ts';
import { within } from './wait.ts';

/** Ears, and everything that they said, to be waited for. */
export class Hearing {
  readonly heard: string[] = [];
  /** How often LISTEN came into force. */
  listened = 0;
  /** Why they went deaf, each time. */
  readonly deaf: string[] = [];
  readonly ears: Ears;
  #onChange = (): void => {};

  constructor(database: Database) {
    const changed = (): void => this.#onChange();
    this.ears = database.openEars({
      onMessage: (payload) => {
        this.heard.push(payload);
        changed();
      },
      onListening: () => {
        this.listened += 1;
        changed();
      },
      onDeaf: (reason) => {
        this.deaf.push(reason);
        changed();
      },
    });
  }

  /** Resolves once they have listened this often. */
  async listening(times: number): Promise<void> {
    await this.#when(() => this.listened >= times, `listening for the ${times}. time`);
  }

  /** Everything heard, once `payload` is among it. */
  async until(payload: string): Promise<string[]> {
    await this.#when(() => this.heard.includes(payload), `hearing "${payload}"`);
    return this.heard;
  }

  /** Resolves once something like it was heard. */
  untilSome(isLike: (payload: string) => boolean): Promise<void> {
    return this.#when(() => this.heard.some(isLike), 'hearing something like it');
  }

  close(): Promise<void> {
    return this.ears.close();
  }

  async #when(isSo: () => boolean, what: string): Promise<void> {
    const come = new Promise<void>((resolve) => {
      this.#onChange = () => {
        if (isSo()) resolve();
      };
      this.#onChange();
    });
    await within(come, 10_000, what);
  }
}
