import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';

type Exchange = [request: IncomingMessage, response: ServerResponse];

/** The requests of one connection, in order of arrival. */
interface Line {
  readonly waiting: Exchange[];
  /** What is being answered. */
  current: IncomingMessage | null;
  isPaused: boolean;
  /** Requests answered since everything else had a turn. */
  inARow: number;
  /** The last answer, for a connection that cannot go on after it. */
  farewell: (() => void) | null;
}

/** Reading from a connection stops when this many wait, and goes on when this few are left. */
const [PAUSE_AT, RESUME_AT] = [16, 4];
/** One chunk of bytes may hold three thousand requests. Node hands out all of them, paused or not. */
const MOST_WAITING = 10_000;
const MOST_IN_A_ROW = 8;

/**
 * Node hands out every pipelined request as soon as it is read, and keeps its answer in memory until those before it
 * are sent. Here a connection's next request begins only when the last answer has gone out. So a connection holds one
 * answer at most, however much it sends and however little it reads.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #serve: (request: IncomingMessage, response: ServerResponse) => void;
  readonly #lines = new WeakMap<Socket, Line>();
  #waiting = 0;

  constructor(clock: Clock, serve: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#clock = clock;
    this.#serve = serve;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const line = this.#lineOf(socket);
    if (line.current === null) {
      this.#begin(socket, line, [request, response]);
      return;
    }
    line.waiting.push([request, response]);
    this.#waiting++;
    if (this.#waiting > MOST_WAITING) socket.destroy();
    else if (line.waiting.length >= PAUSE_AT && !line.isPaused) {
      line.isPaused = true;
      socket.pause();
    }
  }

  /** Nothing more can be read. Calls `farewell` once every complete request before is answered. */
  atEnd(socket: Socket, farewell: () => void): void {
    const line = this.#lines.get(socket);
    const last = line?.waiting.at(-1);
    if (line === undefined || line.current === null || (last === undefined && !line.current.complete)) {
      farewell();
      return;
    }
    line.farewell = farewell;
    if (last === undefined || last[0].complete) return;
    line.waiting.pop();
    this.#waiting--;
  }

  #lineOf(socket: Socket): Line {
    let line = this.#lines.get(socket);
    if (line === undefined) {
      const made: Line = { waiting: [], current: null, isPaused: false, inARow: 0, farewell: null };
      line = made;
      this.#lines.set(socket, made);
      // Node resumes the socket by itself whenever a request has been read to its end.
      socket.on('resume', () => {
        if (made.isPaused) socket.pause();
      });
    }
    return line;
  }

  #begin(socket: Socket, line: Line, [request, response]: Exchange): void {
    line.current = request;
    // The answer was sent, or never will be.
    response.on('close', () => this.#next(socket, line));
    this.#serve(request, response);
  }

  #next(socket: Socket, line: Line): void {
    // The answer closes the connection: requests behind it are not handled.
    if (socket.destroyed || socket.writableEnded) {
      this.#waiting -= line.waiting.length;
      line.waiting.length = 0;
      return;
    }
    const next = line.waiting.shift();
    if (next === undefined) {
      line.current = null;
      line.inARow = 0;
      line.farewell?.();
      return;
    }
    this.#waiting--;
    if (line.isPaused && line.waiting.length <= RESUME_AT) {
      line.isPaused = false;
      socket.resume();
    }
    line.inARow = (line.inARow + 1) % MOST_IN_A_ROW;
    if (line.inARow > 0) this.#begin(socket, line, next);
    else this.#clock.after(0, () => this.#begin(socket, line, next));
  }
}
