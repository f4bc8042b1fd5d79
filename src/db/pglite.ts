import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { MikroORM, type PgliteConnection } from '@mikro-orm/pglite';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { DataFolderLock } from './data-folder.ts';
import type { Database, Ears, EarsEvents, Session, Statement } from './database.ts';
import { Assignment, Stage } from './entities.ts';
import { asDatabaseError } from './faults.ts';
import { READ_CHANNEL } from './names.ts';

/**
 * PostgreSQL inside this process, in a folder or in memory. One connection: every statement and
 * every transaction takes its turn on it, so inside a transaction nothing else may be awaited.
 */
export class PgliteDatabase implements Database {
  readonly kind = 'embedded';
  readonly canListen = true;
  readonly orm: MikroORM;
  readonly #lock: DataFolderLock | null;
  #pglite: PGlite | null = null;

  /**
   * @param folder where the data lives, or `memory://`
   * @throws StagebellError when another process has the folder
   */
  constructor(folder: string, log: Log) {
    const isMemory = folder.startsWith('memory:');
    this.#lock = isMemory ? null : new DataFolderLock(folder);
    this.orm = new MikroORM({
      entities: [Assignment, Stage],
      dbName: isMemory ? 'memory://' : join(folder, 'pglite'),
      logger: (message) => log.debug({ event: 'orm' }, message),
    });
  }

  async connect(): Promise<void> {
    try {
      await this.orm.connect();
      this.#pglite = await (this.orm.em.getConnection() as unknown as PgliteConnection).getNativeClient();
    } catch (error) {
      throw asDatabaseError(error);
    }
  }

  em(): SqlEntityManager {
    return this.orm.em.fork() as unknown as SqlEntityManager;
  }

  async query<Row>({ text }: Statement, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#native().query(text, values)).rows as Row[];
    } catch (error) {
      throw asDatabaseError(error);
    }
  }

  openSession(): Session {
    return {
      query: (statement, values) => this.query(statement, values),
      // In this process no answer stays away.
      giveUp: () => {},
      close: async () => {},
    };
  }

  openEars(events: EarsEvents): Ears {
    const ears = { isListening: false, reconnect: () => {}, close: async () => (await unlisten)?.() };
    const unlisten = this.query<{ channel: string }>(READ_CHANNEL)
      .then(([row]) => this.#native().listen(row?.channel ?? '', (payload) => events.onMessage(payload)))
      .then(
        (stop) => {
          ears.isListening = true;
          events.onListening();
          return stop;
        },
        (error) => {
          events.onDeaf(messageOf(error));
          return undefined;
        },
      );
    return ears;
  }

  // The folder's lock has seen to it already.
  withMigrationLock<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async close(): Promise<void> {
    await this.orm.close(true);
    this.#lock?.release();
  }

  #native(): PGlite {
    if (this.#pglite === null) throw new Error('pglite is closed: connect() has not resolved');
    return this.#pglite;
  }
}
