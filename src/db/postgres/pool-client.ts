import pg from 'pg';
import { isUnavailable } from '../faults.ts';
import { cut } from './session.ts';
import type { Startup } from './startup.ts';

type Query = (...values: unknown[]) => unknown;

/** A client that a pool has handed out carries the way back, which may be used once. */
type HandedOut = pg.Client & { release?: (destroy: boolean) => void };

/**
 * A connection of the pool for requests. kysely gives one back only after a COMMIT or a ROLLBACK that
 * succeeded, so one that breaks within a transaction would hold its place in the pool for ever: it
 * gives itself back. And what is left of it after a time-out is not to be trusted: it is cut.
 */
export class PoolClient extends pg.Client {
  #isInTransaction = false;

  /** @param perTransaction what begins each transaction where no connection keeps its settings; else null */
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
    // Whoever held it may yet find out, and must not find that it is back already.
    client.release = () => {};
    try {
      release?.(true);
    } catch {
      // It was idle in the pool, which has noticed by itself.
    }
  }

  /** `query` has many signatures, of which kysely uses the one that returns a promise. */
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

  /** kysely gives its statements as text; what we put together ourselves is an object and has it all. */
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

/** The class that a pool makes its connections of. */
export const poolClientWith = (
  startup: Startup,
  perTransaction: () => string | null,
  onError: (error: unknown) => void,
): typeof pg.Client =>
  class extends PoolClient {
    constructor(config?: pg.ClientConfig | string) {
      const given = config as pg.ClientConfig;
      // Named, because pg hides it from whoever copies or prints its options.
      const { password } = given;
      super({ ...given, ...(password === undefined ? {} : { password }), ...startup.config }, perTransaction, onError);
    }
  };
