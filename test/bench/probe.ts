import { setTimeout as sleep } from 'node:timers/promises';

export interface Answers {
  count: number;
  maxMs: number;
  /** The longest of each kind, milliseconds. */
  maxMsOf: Map<string, number>;
}

/**
 * Asks by HTTP, one GET every `everyMs` whether or not the last was answered, each of `asks` in turn.
 * @param asks URLs by the name they are reported under
 */
export class Probe {
  readonly #asks: [string, string][];
  readonly #everyMs: number;
  readonly #pending = new Set<Promise<void>>();
  readonly #answers: Answers = { count: 0, maxMs: 0, maxMsOf: new Map() };
  #error: Error | null = null;
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(asks: Record<string, string>, everyMs: number) {
    this.#asks = Object.entries(asks);
    this.#everyMs = everyMs;
    this.#running = this.#run();
  }

  /** Resolves when the last is answered. @throws when one was refused or not answered with 200 */
  async stop(): Promise<Answers> {
    this.#isOver = true;
    await this.#running;
    await Promise.all(this.#pending);
    if (this.#error !== null) throw this.#error;
    return this.#answers;
  }

  async #run(): Promise<void> {
    let nextMs = performance.now();
    for (let i = 0; !this.#isOver; i++) {
      const [name, url] = this.#asks[i % this.#asks.length] as [string, string];
      const asked = this.#ask(name, url).finally(() => this.#pending.delete(asked));
      this.#pending.add(asked);
      nextMs += this.#everyMs;
      await sleep(Math.max(0, nextMs - performance.now()));
    }
  }

  async #ask(name: string, url: string): Promise<void> {
    const fromMs = performance.now();
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${response.status}`);
    } catch (error) {
      this.#error ??= new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
    const tookMs = performance.now() - fromMs;
    const { maxMsOf } = this.#answers;
    this.#answers.count += 1;
    this.#answers.maxMs = Math.max(this.#answers.maxMs, tookMs);
    maxMsOf.set(name, Math.max(maxMsOf.get(name) ?? 0, tookMs));
  }
}
