import pg from 'pg';
import { isUnavailable } from '../faults.ts';
import { cut } from './session.ts';
import type { Startup } from './startup.ts';

type Query = (...values: unknown[]) => unknown;

/** A client that a pool has handed out has a `release`, which may be called once. */
type HandedOut = pg.Client & { release?: (destroy: boolean) => void };

/**
 * A connection of the pool for requests. kysely up to 0.29.6 releases one only after a successful COMMIT or ROLLBACK, so
 * one that breaks within a transaction, or at its BEGIN, would hold its place in the pool for ever: it releases itself.
 * MikroORM 7.2.1 to 7.2.5 bring 0.29.6; kysely 0.29.7 mends it (its issue 1990). After a time-out a connection cannot
 * be trusted with any version, so it is cut.
 */
export class PoolClient extends pg.Client {
  #isInTransaction = false;

  /** @param perTransaction the settings that begin each transaction, if connections keep none; otherwise null */
  constructor(
    config: pg.ClientConfig | undefined,
    perTransaction: () => string | null,
    onError: (error: unknown) => void,
  ) {
    super(config);
    this.#beginWith(perTransaction);
    this.once('end', () => this.#giveBack());
    this.#cutWhenUnavailable(onError);
  }

  #giveBack(): void {
    const client = this as HandedOut;
    const { release } = client;
    // The holder may still release it later, and a second release must do nothing.
    client.release = () => {};
    try {
      release?.(true);
    } catch {
      // It was idle in the pool, which noticed by itself.
    }
  }

  /** `query` has many signatures. kysely uses the one that returns a promise. */
  #cutWhenUnavailable(onError: (error: unknown) => void): void {
    const query = this.query.bind(this) as Query;
    Object.assign(this, {
      query: (...values: unknown[]): unknown => {
        const result = query(...values);
        if (result instanceof Promise) {
          result.catch((error) => {
            onError(error);
            if (isUnavailable(error)) cut(this);
          });
        }
        return result;
      },
    });
  }

  /** kysely passes its statements as text. Those that we put together are objects, and contain the settings already. */
  #beginWith(perTransaction: () => string | null): void {
    const query = this.query.bind(this) as Query;
    Object.assign(this, {
      query: (...values: unknown[]): unknown => {
        const settings = perTransaction();
        const [text] = values;
        if (settings === null || typeof text !== 'string') return query(...values);
        if (text === 'begin') {
          this.#isInTransaction = true;
          return query(`begin; ${settings}`);
        }
        if (text === 'commit' || text === 'rollback') this.#isInTransaction = false;
        return this.#isInTransaction || text === 'rollback' || text === 'commit'
          ? query(...values)
          : this.#inOneTransaction(query, settings, values);
      },
    });
  }

  async #inOneTransaction(query: Query, settings: string, values: unknown[]): Promise<unknown> {
    await query(`begin; ${settings}`);
    try {
      const result = await query(...values);
      await query('commit');
      return result;
    } catch (error) {
      await (query('rollback') as Promise<unknown>).catch(() => {});
      throw error;
    }
  }
}

/** The class of a pool's connections. */
export const poolClientWith = (
  startup: Startup,
  perTransaction: () => string | null,
  onError: (error: unknown) => void,
): typeof pg.Client =>
  class extends PoolClient {
    constructor(config?: pg.ClientConfig | string) {
      const given = config as pg.ClientConfig;
      // Named, because pg makes it non-enumerable.
      const { password } = given;
      super({ ...given, ...(password === undefined ? {} : { password }), ...startup.config }, perTransaction, onError);
    }
  };
