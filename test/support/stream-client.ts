import { eventually } from './wait.ts';

/** A block of an event stream, field by field. */
export interface Block {
  id?: string;
  event?: string;
  retry?: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON as it came.
  data?: any;
}

/** A reader of one connection, which shows everything that came. EventSource hides what is not data. */
export class StreamClient {
  readonly response: Response;
  readonly blocks: Block[] = [];
  /** Resolves when the other side has ended it, or it was cut off. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.ended = this.#read().catch(() => {});
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<StreamClient> {
    const abort = new AbortController();
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    });
    return new StreamClient(response, abort);
  }

  /** Those with data. */
  get events(): Block[] {
    return this.blocks.filter(({ data }) => data !== undefined);
  }

  get ids(): (string | undefined)[] {
    return this.events.map(({ id }) => id);
  }

  /** Once there are so many events. */
  has(count: number): Promise<Block[]> {
    return eventually(() => {
      if (this.events.length < count) throw new Error(`${this.events.length} of ${count} events have come`);
      return this.events;
    });
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of this.response.body ?? []) {
      text += decoder.decode(bytes as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      this.blocks.push(...blocks.map(parse));
    }
  }
}

function parse(block: string): Block {
  const fields = block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line) ?? []);
  const { data, ...rest } = Object.fromEntries(fields.map(([, name = '', value]) => [name, value]));
  return { ...rest, ...(data === undefined ? {} : { data: JSON.parse(data) }) };
}
