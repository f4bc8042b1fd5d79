import type { Redis } from '../redis/connect.ts';

type Callback = (error: Error | null, result?: unknown) => void;
type Parameters = (string | number)[];

/**
 * One Redis as redlock sees it. Redlock says only that a round failed. This remembers what the server said, because a
 * lock that somebody holds and a server that gives no locks are different things.
 */
export class Ballot {
  readonly client: Redis;
  /** The answer in this round: true = voted for us, false = somebody else holds the lock. */
  vote: boolean | Error | null = null;
  /** The vote is an error because there was no connection when it was asked for. */
  wasAbsent = false;
  #round = 0;
  /** Why there is no connection, or none to the right database. */
  #connectionError: Error | null = null;
  #isInWrongDatabase = false;

  constructor(client: Redis) {
    this.client = client;
    client.on('error', (error: Error & { command?: { name: string } }) => {
      this.#connectionError = error;
      // The client goes on in database 0, where nobody meant the lock to be.
      if (error.command?.name === 'select') this.#isInWrongDatabase = true;
    });
    client.on('ready', () => {
      if (!this.#isInWrongDatabase) this.#connectionError = null;
    });
    client.on('close', () => {
      this.#isInWrongDatabase = false;
    });
  }

  /** null while commands can be sent. */
  get notConnected(): Error | null {
    if (this.client.status === 'ready' && !this.#isInWrongDatabase) return null;
    return this.#connectionError ?? new Error('Connection is closed.');
  }

  /** A new round: the first answer is the vote. The next ones are redlock undoing a round that failed. */
  begin(): void {
    this.#round += 1;
    this.vote = null;
    this.wasAbsent = false;
  }

  /** Called by redlock. */
  evalsha(hash: string, parameters: Parameters, callback: Callback): void {
    this.#send(callback, (answer) => {
      this.client.evalsha(hash, parameters as never, (error, result) => {
        // Then redlock sends the script itself.
        if (error?.message.startsWith('NOSCRIPT')) callback(error, result);
        else answer(error ?? null, result);
      });
    });
  }

  /** Called by redlock. */
  eval(parameters: Parameters, callback: Callback): void {
    this.#send(callback, (answer) => {
      this.client.eval(
        parameters as never,
        ((error: Error | null, result: unknown) => answer(error ?? null, result)) as never,
      );
    });
  }

  #send(callback: Callback, work: (answer: Callback) => void): void {
    const round = this.#round;
    const answer: Callback = (error, result) => {
      if (round === this.#round) this.vote ??= error ?? Number(result) === 1;
      callback(error, result);
    };
    const absent = this.notConnected;
    if (absent === null) work(answer);
    else {
      this.wasAbsent = true;
      answer(absent);
    }
  }
}
