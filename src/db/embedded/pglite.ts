import { MikroORM, type PgliteConnection } from '@mikro-orm/pglite';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { systemClock } from '../../base/clock.ts';
import { Health } from '../../base/health.ts';
import type { Log } from '../../base/log.ts';
import type { Database, Ears, EarsEvents, Session, Statement } from '../database.ts';
import { EDIT_PATIENCE_MS } from '../edit-queue.ts';
import { ENTITIES } from '../entities/all.ts';
import { asDatabaseError } from '../faults.ts';
import { READ_CHANNEL } from '../names.ts';
import { InFolder } from './in-folder.ts';
import { InMemory } from './in-memory.ts';
import type { Results } from './protocol.ts';
import type { Store } from './store.ts';
import type { Surroundings } from './surroundings.ts';
import type { Urgency } from './turns.ts';

/**
 * PostgreSQL as WebAssembly: in a folder and a thread of its own, or in memory. There is one connection, on which
 * statements and transactions take turns. So inside a transaction, never await anything that needs the database.
 */
export class PgliteDatabase implements Database {
  readonly kind = 'embedded';
  readonly canListen = true;
  readonly orm: MikroORM;
  readonly #store: Store;
  readonly #folder: InFolder | null;

  /**
   * @param folder where the data lives, or `memory://`
   * @throws StagebellError when another process has the folder
   */
  constructor(folder: string, log: Log, around: Partial<Surroundings> = {}) {
    const defaults = { clock: systemClock, health: new Health(systemClock, log), isDurable: true, onLost: () => {} };
    this.#folder = folder.startsWith('memory:') ? null : new InFolder(folder, { ...defaults, ...around });
    this.#store = this.#folder ?? new InMemory();
    this.orm = new MikroORM({
      entities: [...ENTITIES],
      ...this.#store.options,
      logger: (message) => log.debug({ event: 'orm' }, message),
    });
  }

  async connect(signal?: AbortSignal): Promise<void> {
    try {
      await this.#store.open(signal);
      await this.orm.connect();
      if (this.#store instanceof InMemory) {
        this.#store.use(await (this.orm.em.getConnection() as unknown as PgliteConnection).getNativeClient());
      }
    } catch (error) {
      throw asDatabaseError(error);
    }
  }

  em(): SqlEntityManager {
    return this.orm.em.fork() as unknown as SqlEntityManager;
  }

  query<Row>(statement: Statement, values: unknown[] = []): Promise<Row[]> {
    return this.#run<Row>('normal', statement, values);
  }

  /** Runs SQL given by a user. Only for a folder: a database in memory does not outlive a command. */
  async script(text: string): Promise<Results[]> {
    return (await this.#folder?.script(text)) ?? [];
  }

  /** For the service's own work, which goes before requests. */
  openSession(): Session {
    return {
      query: (statement, values = []) => this.#run('urgent', statement, values),
      open: async () => {},
      // A thread that does not answer is ended with everything that runs in it.
      giveUp: () => {},
      close: async () => {},
    };
  }

  openEars(events: EarsEvents): Ears {
    const readChannel = async (): Promise<string> => {
      const [row] = await this.query<{ channel: string }>(READ_CHANNEL);
      return row?.channel ?? '';
    };
    return this.#store.listen(readChannel, events);
  }

  openLeaderLock(): null {
    return null;
  }

  // There is one connection for everybody, so there is no queue.
  async edit<T>(_row: string | null, work: (lockMs: number) => Promise<T>): Promise<T> {
    const refusal = this.#folder?.refusal ?? null;
    if (refusal !== null) throw refusal;
    return work(EDIT_PATIENCE_MS);
  }

  admitRequests(): void {}

  watchRequests(): void {}

  // The lock on the folder already keeps other processes out.
  withMigrationLock<T>(work: (orm: MikroORM) => Promise<T>): Promise<T> {
    return this.#store.patiently(() => work(this.orm));
  }

  async maintain(quietMs: number): Promise<void> {
    await this.#folder?.maintain(quietMs);
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.orm.close(true);
  }

  async #run<Row>(urgency: Urgency, { text }: Statement, values: unknown[]): Promise<Row[]> {
    try {
      return (await this.#store.run(urgency, text, values)) as Row[];
    } catch (error) {
      throw asDatabaseError(error);
    }
  }
}
