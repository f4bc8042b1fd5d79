import { connect, type Socket } from 'node:net';
import { DelayLine } from './delay-line.ts';
import { type Label, labelOf } from './startup-packet.ts';

/** Which direction says nothing: towards the server, back from it, or neither says anything. */
export type Silence = 'up' | 'down' | 'both';

export interface PassageOptions {
  targetPort: number;
  delayMs: number;
  silence: Silence | null;
  onGone: () => void;
}

/**
 * One connection through a link. What waits, waits in the kernel's buffers: a socket that is not
 * read reports neither bytes nor its end, which is what a dead way looks like.
 */
export class Passage {
  label: Label = 'other';
  delayMs: number;
  /** Silent for good. */
  isStranded = false;
  readonly #client: Socket;
  readonly #targetPort: number;
  readonly #onGone: () => void;
  readonly #lines = [new DelayLine(), new DelayLine()] as const;
  #server: Socket | null = null;
  #isGone = false;

  constructor(client: Socket, { targetPort, delayMs, silence, onGone }: PassageOptions) {
    this.#client = client;
    this.#targetPort = targetPort;
    this.delayMs = delayMs;
    this.#onGone = onGone;
    client.setNoDelay(true);
    client.once('data', (first) => {
      this.label = labelOf(first);
    });
    this.#join(client, () => this.#server, this.#lines[0]);
    // Where the way is silent from the start, the server does not hear of us before it speaks.
    if (silence === null || silence === 'down') this.#reach();
    if (silence !== null) this.silence(silence);
  }

  silence(direction: Silence): void {
    if (direction !== 'down') this.#client.pause();
    if (direction !== 'up') this.#server?.pause();
  }

  speak(): void {
    if (this.#isGone) return;
    this.#reach();
    this.#client.resume();
    this.#server?.resume();
  }

  /** Both ends get a reset. */
  reset(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const line of this.#lines) line.drop();
    this.#client.resetAndDestroy();
    this.#server?.resetAndDestroy();
    this.#onGone();
  }

  #reach(): void {
    if (this.#server !== null) return;
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#server = server;
    this.#join(server, () => this.#client, this.#lines[1]);
  }

  #join(from: Socket, to: () => Socket | null, line: DelayLine): void {
    const later = (work: (other: Socket) => void): void =>
      line.add(this.delayMs, () => {
        const other = to();
        if (other !== null && !other.destroyed) work(other);
      });
    from.on('data', (chunk) => later((other) => other.write(chunk)));
    from.on('end', () => later((other) => other.end()));
    from.on('error', () => this.reset());
    from.on('close', () => {
      if (this.#client.destroyed && (this.#server === null || this.#server.destroyed)) this.reset();
    });
  }
}
