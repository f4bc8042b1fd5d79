import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Database } from '../db/database.ts';
import { SETTING } from '../db/names.ts';
import { mendRecordIds } from '../db/record-ids.ts';
import { asRefusal, isConflict, isOfRecordIds } from './refusals.ts';

/** Who writes, and where: the triggers put it on the record (db/migrations/0007-changes/stages.ts). */
export interface Writer {
  database: Database;
  instance: string;
  /** Who, as it stands on the record; null when the service is open. */
  actor: string | null;
  /** Why, as the caller says it. */
  reason?: string | null;
  /** The transaction that the write is a part of; by default it has one of its own. */
  within?: Within | undefined;
}

/** An open transaction, and how long it may wait for locks. */
export interface Within {
  em: SqlEntityManager;
  lockMs: number;
}

/**
 * SQL expressions that tell the triggers who writes, until COMMIT. The parameters are placeholders for `writerValues`.
 */
export const namesWriter = (instance: string, actor: string, reason: string): string =>
  `set_config('${SETTING.instance}', ${instance}, true) AS instance, set_config('${SETTING.actor}', ${actor}, true) AS actor,
    set_config('${SETTING.reason}', ${reason}, true) AS reason`;
export const writerValues = ({ instance, actor, reason }: Writer): string[] => [instance, actor ?? '', reason ?? ''];

const TRIES = 3;

/**
 * One transaction, in the writer's name. Inside, await nothing but `em`: an embedded database has one
 * connection, and whatever else asks for it waits for this transaction to end. It may be run again.
 * @param row the id of what it locks first; null: nothing that is there already
 * @throws StagebellError what the database refused, as an answer to the caller
 */
export function transact<T>(
  writer: Writer,
  row: string | null,
  work: (em: SqlEntityManager) => Promise<T>,
): Promise<T> {
  const { database, within } = writer;
  // Whoever opened that transaction tries again, and says what was refused.
  if (within !== undefined) return once(writer, within.em, within.lockMs, work);
  return database.edit(row, (lockMs) => untilDone(database, () => once(writer, database.em(), lockMs, work)));
}

/** What a rehearsal throws, so that all of it is rolled back. */
class Rehearsed<T> {
  readonly result: T;

  constructor(result: T) {
    this.result = result;
  }
}

/** The same, and then it is rolled back. @returns what would have been */
export async function rehearse<T>(
  writer: Writer,
  row: string | null,
  work: (em: SqlEntityManager) => Promise<T>,
): Promise<T> {
  try {
    return await transact<T>(writer, row, async (em) => {
      throw new Rehearsed(await work(em));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.result as T;
    throw error;
  }
}

/**
 * Tries again if it lost to others, or if the numbers of the record had to be mended first.
 * @throws StagebellError what the database refused, as an answer to the caller
 */
export async function untilDone<T>(database: Database, work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      const isOfIds = isOfRecordIds(error);
      if (tried >= TRIES || !(isConflict(error) || isOfIds)) throw asRefusal(error);
      if (isOfIds) await mendRecordIds(database);
    }
  }
}

/** @param around outside of any transaction, or in one: then it is a savepoint */
function once<T>(
  writer: Writer,
  around: SqlEntityManager,
  lockMs: number,
  work: (em: SqlEntityManager) => Promise<T>,
): Promise<T> {
  return around.transactional(async (em) => {
    await em.execute(`SELECT ${namesWriter('?', '?', '?')}, set_config('lock_timeout', ?, true)`, [
      ...writerValues(writer),
      String(lockMs),
    ]);
    return work(em);
  });
}
