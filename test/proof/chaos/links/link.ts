import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../../support/ports.ts';
import { Passage, type Silence } from './passage.ts';
import type { Label } from './startup-packet.ts';

/**
 * The way from one instance to one server, as a TCP proxy, so that it can be broken by itself:
 * slow, cut, closed, or silent while both ends believe that they are connected.
 */
export class Link {
  readonly port: number;
  readonly #targetPort: number;
  readonly #passages = new Set<Passage>();
  #server: Server | null = null;
  #silence: Silence | null = null;
  #delayMs = 0;

  private constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
  }

  static async to(targetPort: number): Promise<Link> {
    const link = new Link(await freePort(), targetPort);
    await link.open();
    return link;
  }

  get connections(): number {
    return this.#passages.size;
  }

  /** Each byte arrives this much later, both ways; 0 ends it. */
  delay(ms: number): void {
    this.#delayMs = ms;
    for (const passage of this.#passages) passage.delayMs = ms;
  }

  /** Resets what is connected (of one kind, or all); whoever connects again may. */
  cut(label?: Label): void {
    for (const passage of [...this.#passages]) if (label === undefined || passage.label === label) passage.reset();
  }

  /** Resets what is connected, and refuses whoever comes. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.cut();
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  }

  /** Takes whoever comes again. */
  async open(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    // What keeps the harness alive is its work, not an ear that is open.
    server.unref();
  }

  /**
   * Half-open: connections stay and new ones are accepted, nothing gets through that way, and nobody is
   * told. What is sent meanwhile arrives when it is over, as TCP does it.
   */
  silence(direction: Silence): void {
    this.#silence = direction;
    for (const passage of this.#passages) passage.silence(direction);
  }

  /** Half-open for what is connected now, of one kind; new connections are sound: a forgetful NAT. */
  strand(label: Label): void {
    for (const passage of this.#passages) {
      if (passage.label !== label) continue;
      passage.isStranded = true;
      passage.silence('both');
    }
  }

  /** Ends silence; for what is stranded by a reset, as the NAT answers who speaks again. */
  speak(): void {
    this.#silence = null;
    for (const passage of [...this.#passages]) {
      if (passage.isStranded) passage.reset();
      else passage.speak();
    }
  }

  #accept(socket: Socket): void {
    const passage = new Passage(socket, {
      targetPort: this.#targetPort,
      delayMs: this.#delayMs,
      silence: this.#silence,
      onGone: () => this.#passages.delete(passage),
    });
    this.#passages.add(passage);
  }
}
