import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Database } from '../db/database.ts';
import { asRefusal } from './refusals.ts';

/** Who writes, and where: the triggers put it on the record (db/migrations/0001-initial/record.ts). */
export interface Writer {
  database: Database;
  instance: string;
  /** The name of the API key; null when the service is open. */
  actor: string | null;
}

/**
 * One transaction, in the writer's name. Inside, await nothing but `em`: an embedded database has one
 * connection, and whatever else asks for it waits for this transaction to end.
 * @throws StagebellError what the database refused, as an answer to the caller
 */
export async function transact<T>(writer: Writer, work: (em: SqlEntityManager) => Promise<T>): Promise<T> {
  try {
    return await writer.database.em().transactional(async (em) => {
      await em.execute(`SELECT set_config('stagebell.instance', ?, true), set_config('stagebell.actor', ?, true)`, [
        writer.instance,
        writer.actor ?? '',
      ]);
      return work(em);
    });
  } catch (error) {
    throw asRefusal(error);
  }
}
