import { connect, type Socket } from 'node:net';

/** A connection on which bytes are sent as they are. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #changed = new Set<() => void>();
  #received = '';
  #isClosed = false;

  constructor(url: string) {
    this.#socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.#socket.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
      for (const look of this.#changed) look();
    });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.#isClosed = true;
      for (const look of this.#changed) look();
    });
  }

  send(text: string): this {
    this.#socket.write(text);
    return this;
  }

  /** Reads nothing more. */
  pause(): this {
    this.#socket.pause();
    return this;
  }

  /** Everything received, once the other side has closed. */
  closed(): Promise<string> {
    return this.#until(() => this.#isClosed);
  }

  /** Everything received, once `text` is in it. */
  has(text: string): Promise<string> {
    return this.#until(() => this.#received.includes(text) || this.#isClosed);
  }

  connected(): Promise<void> {
    return new Promise((resolve) => (this.#socket.connecting ? this.#socket.once('connect', resolve) : resolve()));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #until(isTrue: () => boolean): Promise<string> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isTrue()) return;
        this.#changed.delete(look);
        resolve(this.#received);
      };
      this.#changed.add(look);
      look();
    });
  }
}
