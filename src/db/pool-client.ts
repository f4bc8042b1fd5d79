import pg from 'pg';
import { isUnavailable } from './faults.ts';
import { cut } from './postgres-session.ts';

/** A client that a pool has handed out carries the way back, which may be used once. */
type HandedOut = pg.Client & { release?: (destroy: boolean) => void };

/**
 * A connection of the pool for requests. kysely gives one back only after a COMMIT or a ROLLBACK that
 * succeeded, so one that breaks within a transaction would hold its place in the pool for ever: it
 * gives itself back. And what is left of it after a time-out is not to be trusted: it is cut.
 */
export class PoolClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.once('end', () => this.#giveBack());
    this.#cutWhenUnavailable();
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
  #cutWhenUnavailable(): void {
    const query = this.query.bind(this) as (...values: unknown[]) => unknown;
    Object.assign(this, {
      query: (...values: unknown[]): unknown => {
        const result = query(...values);
        if (result instanceof Promise) result.catch((error) => isUnavailable(error) && cut(this));
        return result;
      },
    });
  }
}
