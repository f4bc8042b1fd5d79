import type pg from 'pg';
import { DatabaseUnavailableError } from '../../base/errors.ts';
import type { Session, SessionEvents, Statement } from '../database.ts';
import { asDatabaseError, isForgotten, isUnavailable } from '../faults.ts';

type OnNotice = (text: string) => void;

/** How a statement is sent on a connection. */
export type Ask = (client: pg.ClientBase, statement: Statement, values: unknown[]) => Promise<pg.QueryResult>;

/** A connection that is opened when needed, and again after it was lost. */
export class PostgresSession implements Session {
  readonly #open: () => Promise<pg.Client>;
  readonly #ask: Ask;
  readonly #events: SessionEvents;
  #client: Promise<pg.Client> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(open: () => Promise<pg.Client>, ask: Ask, events: SessionEvents = { onLost() {}, onError() {} }) {
    this.#events = events;
    this.#open = open;
    this.#ask = ask;
  }

  /** Statements run one after the other: a connection does one thing at a time. */
  query<Row>(statement: Statement, values: unknown[] = [], onNotice: OnNotice = () => {}): Promise<Row[]> {
    const result = this.#last.then(() => this.#queryNow<Row>(statement, values, onNotice));
    this.#last = result.catch(() => {});
    return result;
  }

  async open(): Promise<void> {
    const result = this.#last.then(() => this.#opened());
    this.#last = result.catch(() => {});
    await result;
  }

  async #opened(): Promise<pg.Client> {
    if (this.#isClosed) throw new DatabaseUnavailableError('This session is closed.');
    this.#client ??= this.#connect();
    const opening = this.#client;
    try {
      return await opening;
    } catch (error) {
      if (this.#client === opening) this.#client = null;
      throw asDatabaseError(error);
    }
  }

  async #queryNow<Row>(statement: Statement, values: unknown[], onNotice: OnNotice, isAgain = false): Promise<Row[]> {
    const client = await this.#opened();
    const used = this.#client;
    const heard = ({ message }: { message: string | undefined }): void => onNotice(message ?? '');
    client.on('notice', heard);
    try {
      return (await this.#ask(client, statement, values)).rows as Row[];
    } catch (error) {
      this.#events.onError(error);
      // The server may still be working on the statement, so this connection cannot be trusted.
      const isOver = isUnavailable(error) || isForgotten(error);
      if (isOver && this.#client === used) this.giveUp();
      if (!isForgotten(error) || isAgain) throw asDatabaseError(error);
    } finally {
      client.off('notice', heard);
    }
    return this.#queryNow(statement, values, onNotice, true);
  }

  async #connect(): Promise<pg.Client> {
    const client = await this.#open();
    const mine = this.#client;
    client.once('end', () => {
      if (this.#client !== mine || this.#isClosed) return;
      this.#client = null;
      this.#events.onLost();
    });
    return client;
  }

  giveUp(): void {
    const dropped = this.#client;
    this.#client = null;
    if (dropped === null) return;
    dropped.then(cut, () => {});
    this.#events.onLost();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    this.#client = null;
    await client?.then(cut).catch(() => {});
  }
}

/** Prepares each statement once per connection, for connections that keep their backend. */
export const prepared: Ask = (client, { name, text }, values) => client.query({ name, text, values });

/** Ends a connection at once: `end` alone waits for an answer, which a half-open connection never gives. */
export function cut(client: pg.Client): void {
  client.end().catch(() => {});
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
