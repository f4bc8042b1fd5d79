import type { Database, Queryable } from '../database.ts';

/** An index that is built while the service runs. */
interface LaterIndex {
  isUnique?: boolean;
  /** As CREATE INDEX has it. */
  on: string;
}

/**
 * Indexes on tables that may be large. A migration holds locks that bells wait for, so these are built after it, while
 * everybody goes on reading and writing. drift.ts reports one that is missing.
 */
export const LATER_INDEXES: Readonly<Record<string, LaterIndex>> = {
  // These first: until they are there, two rows may get the same id.
  assignment_by_external_id: { isUnique: true, on: 'assignment (external_id) WHERE external_id IS NOT NULL' },
  stage_by_external_id: { isUnique: true, on: 'stage (external_id, assignment_id) WHERE external_id IS NOT NULL' },
  transition_of_assignment: { on: 'transition (assignment_id, id)' },
  assignment_by_update: { on: 'assignment (updated_at, id)' },
  assignment_by_title: { on: 'assignment (title, id)' },
  // For calendars, which say what was cancelled.
  change_of_deletion: { on: "change (changed_at) WHERE action = 'deleted' AND stage_id IS NOT NULL" },
};

/** @param how `CONCURRENTLY ` to let others go on meanwhile */
export function createIndex(name: string, how = ''): string {
  const { isUnique = false, on = '' } = LATER_INDEXES[name] ?? {};
  return `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${how}${name} ON ${on}`;
}

/** A build that was interrupted leaves an invalid index. */
const MISSING = {
  name: 'later_indexes',
  text: `SELECT wanted.name, i.oid IS NOT NULL AS "isInvalid" FROM unnest($1::text[]) AS wanted (name)
    LEFT JOIN pg_class i ON i.relname = wanted.name AND i.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    LEFT JOIN pg_index ON indexrelid = i.oid WHERE indisvalid IS NOT TRUE`,
};
/** The class of our advisory lock, to keep it apart from other people's. */
const LOCK_CLASS = 1937006951;
const TRY_LOCK = {
  name: 'later_indexes_lock',
  text: `SELECT pg_try_advisory_lock(${LOCK_CLASS}, to_regclass('stage')::oid::integer) AS "isMine"`,
};
/** SQL: whether a process is building them. */
export const IS_BUILDING = `EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = ${LOCK_CLASS} AND objid = to_regclass('stage')::oid
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** Gives up after this long, whether another session blocks the build or it is slow. */
const MOST_MS = 900_000;

/**
 * Builds the missing indexes, unless another process does. It is safe to interrupt and to repeat. Not behind a
 * transaction pooler, where each statement is sent in a transaction: there `migrate` with a direct connection builds
 * them.
 * @param signal interrupts it
 * @returns the names of what was built
 * @throws the server's error: duplicates where values must be unique, no rights, a session in the way for too long
 */
export async function buildLaterIndexes(database: Database, db: Queryable, signal?: AbortSignal): Promise<string[]> {
  const names = Object.keys(LATER_INDEXES);
  if (!database.canListen || (await db.query(MISSING, [names])).length === 0) return [];
  const session = database.openSession('index', MOST_MS);
  const giveUp = (): void => session.giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const isAlone = database.kind === 'embedded';
    const [lock] = isAlone ? [{ isMine: true }] : await session.query<{ isMine: boolean }>(TRY_LOCK);
    if (lock?.isMine !== true) return [];
    const run = (text: string) => session.query({ name: '', text });
    const concurrently = isAlone ? '' : 'CONCURRENTLY ';
    const built: string[] = [];
    let failure: unknown = null;
    for (const { name, isInvalid } of await session.query<{ name: string; isInvalid: boolean }>(MISSING, [names])) {
      try {
        if (isInvalid) await run(`DROP INDEX ${concurrently}${name}`);
        await run(createIndex(name, concurrently));
        built.push(name);
      } catch (error) {
        // Build the others all the same.
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
    return built;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    await session.close();
  }
}
