/** Clients that ask one instance after the other, as fast as they are answered, and do not mind what. */
export class HttpLoad {
  readonly #clients: number;
  readonly #isOver = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  answered = 0;

  constructor(clients: number) {
    this.#clients = clients;
  }

  start(urls: () => readonly string[]): void {
    this.#running = Promise.all(Array.from({ length: this.#clients }, (_, i) => this.#ask(urls, i)));
  }

  async stop(): Promise<void> {
    this.#isOver.abort();
    await this.#running;
  }

  async #ask(urls: () => readonly string[], first: number): Promise<void> {
    const { signal } = this.#isOver;
    for (let i = first; !signal.aborted; i++) {
      try {
        const all = urls();
        const answer = await fetch(`${all[i % all.length]}/v1/stages?limit=5`, { signal });
        await answer.text();
        this.answered += 1;
      } catch {
        // Between two instances, or over: nobody answers. The next one may.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}
