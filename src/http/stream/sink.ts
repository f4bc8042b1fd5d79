import type { ServerResponse } from 'node:http';
import type { Sink } from '../../events/stream-reader.ts';

/** The response that a stream is. */
export class ResponseSink implements Sink {
  readonly cutOff: () => void;
  readonly #response: ServerResponse;
  #written = 0;
  #isFull = false;
  #drained: (() => void)[] = [];

  /** @param cutOff ends it at once */
  constructor(response: ServerResponse, cutOff: () => void) {
    this.#response = response;
    this.cutOff = cutOff;
    const drained = (): void => {
      this.#isFull = false;
      const waiting = this.#drained;
      this.#drained = [];
      for (const go of waiting) go();
    };
    response.on('drain', drained);
    response.once('close', drained);
  }

  write(bytes: Buffer | string): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    this.#written += bytes.length;
    if (!this.#response.write(bytes)) this.#isFull = true;
  }

  get unsent(): number {
    return this.#response.writableLength;
  }

  get sent(): number {
    return this.#written - this.unsent;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  drained(): Promise<void> {
    if (!this.#isFull) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }
}
