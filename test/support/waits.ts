import type pg from 'pg';
import type { Migrated } from './migrated.ts';
import { eventually } from './wait.ts';

export const pidOf = (client: pg.Client): number => (client as unknown as { processID: number }).processID;

/** Resolves once this backend waits for a lock. */
export const untilBlocked = (database: Migrated, client: pg.Client): Promise<void> =>
  untilSomebody(database, `pid = $1 AND wait_event_type = 'Lock'`, client);

/** Resolves once this backend sleeps, as one that looks again and again. */
export const untilAsleep = (database: Migrated, client: pg.Client): Promise<void> =>
  untilSomebody(database, `pid = $1 AND wait_event = 'PgSleep'`, client);

/** Somebody waits for a lock that `client` holds. */
export const untilBlocking = (database: Migrated, client: pg.Client): Promise<void> =>
  untilSomebody(database, '$1::int = ANY (pg_blocking_pids(pid))', client);

function untilSomebody(database: Migrated, waits: string, client: pg.Client): Promise<void> {
  return eventually(
    async () => {
      const rows = await database.sql(`SELECT FROM pg_stat_activity WHERE ${waits}`, [pidOf(client)]);
      if (rows.length === 0) throw new Error('nobody waits for a lock');
    },
    { everyMs: 1 },
  );
}

/** Holds the gate, so that whoever records waits right before it does; `release` lets them through. */
export async function holdGate(client: pg.Client): Promise<{ release(): Promise<void> }> {
  await client.query('BEGIN');
  await client.query('SELECT transition_gate()');
  return {
    release: async () => {
      await client.query('COMMIT');
    },
  };
}

const COMMITS_ON_HOLD = 771;

/** A COMMIT of `edit` that is under way and does not end: what it records in `table` is written, and its locks are held. */
export async function holdCommit(
  database: Migrated,
  client: pg.Client,
  edit: () => Promise<unknown>,
  table: 'transition' | 'change_commit' = 'transition',
): Promise<{ release(): Promise<void> }> {
  await database.sql(`CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared(${COMMITS_ON_HOLD}) WHERE current_setting('test.hold', true) = 'on'; RETURN NULL; END $$`);
  await database.sql(`CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON ${table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_commit()`);
  const holder = await database.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT pg_advisory_xact_lock($1)', [COMMITS_ON_HOLD]);
  await client.query('BEGIN');
  await client.query(`SET LOCAL test.hold = 'on'`);
  await edit();
  const commit = client.query('COMMIT');
  await untilBlocking(database, holder);
  return {
    release: async () => {
      await holder.query('COMMIT');
      await commit;
      await database.sql('DROP FUNCTION hold_commit CASCADE');
    },
  };
}
