/** What happened, one line per event, with the simulated seconds since the start. Two runs of one seed write the same. */
export class Trace {
  readonly #sinceStartMs: () => number;
  readonly #lines: { atMs: number; line: string }[] = [];
  /** Ids in the order in which they were met: `#1` reads better than a uuid. */
  readonly #aliases = new Map<string, string>();

  constructor(sinceStartMs: () => number) {
    this.#sinceStartMs = sinceStartMs;
  }

  add(who: string, what: string): void {
    const atMs = this.#sinceStartMs();
    const line = `${(atMs / 1000).toFixed(6).padStart(12)}  ${who.padEnd(8)} ${this.aliased(what)}`;
    this.#lines.push({ atMs, line });
  }

  aliased(text: string): string {
    return text.replaceAll(UUID, (id) => {
      const alias = this.#aliases.get(id) ?? `#${this.#aliases.size + 1}`;
      this.#aliases.set(id, alias);
      return alias;
    });
  }

  /** The lines around a moment, milliseconds since the start. */
  around(atMs: number, beforeMs: number, afterMs: number, most = 120): string[] {
    const near = this.#lines.filter((line) => line.atMs >= atMs - beforeMs && line.atMs <= atMs + afterMs);
    return near.slice(-most).map(({ line }) => line);
  }

  toString(): string {
    return this.#lines.map(({ line }) => line).join('\n');
  }
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
