import { expect } from 'chai';
import pg from 'pg';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { transact } from '../../../src/commands/transact.ts';
import type { Session } from '../../../src/db/database.ts';
import { CHANNEL } from '../../../src/db/names.ts';
import { PostgresDatabase } from '../../../src/db/postgres/postgres.ts';
import { failure } from '../../support/failure.ts';
import { Hearing } from '../../support/hearing.ts';
import { onPostgres } from '../../support/on-each.ts';
import { needsPgBouncer, type PgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';

/** What a database may set for everybody, and what our argument does not survive. */
const HOSTILE: Record<string, string> = {
  default_transaction_isolation: 'serializable',
  row_security: 'on',
  lock_timeout: '1ms',
  statement_timeout: '1s',
  idle_in_transaction_session_timeout: '150ms',
  idle_session_timeout: '300ms',
  session_replication_role: 'replica',
  client_min_messages: 'error',
  search_path: 'elsewhere, public, pg_catalog',
  DateStyle: 'SQL, DMY',
  IntervalStyle: 'sql_standard',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  enable_indexscan: 'off',
  plan_cache_mode: 'force_custom_plan',
};
const OURS: Record<string, string> = {
  transaction_isolation: 'read committed',
  row_security: 'off',
  idle_session_timeout: '0',
  session_replication_role: 'origin',
  client_min_messages: 'notice',
  search_path: '"public", "elsewhere", "pg_temp"',
  DateStyle: 'ISO, DMY',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  enable_indexscan: 'on',
  plan_cache_mode: 'force_generic_plan',
};
const SHOW = {
  name: 'show',
  text: `SELECT ${Object.keys(OURS)
    .map((name) => `current_setting('${name}') AS "${name}"`)
    .join(', ')}`,
};

for (const way of ['directly', 'session', 'transaction'] as const) {
  onPostgres(
    `A database with settings of its own, reached ${way === 'directly' ? way : `by PgBouncer in ${way} mode`}`,
    (migrated) => {
      if (way !== 'directly') needsPgBouncer();
      let pooler: PgBouncer | undefined;
      let database: PostgresDatabase;
      let session: Session;
      before(async () => {
        const [row] = await migrated().sql<{ name: string }>('SELECT current_database() AS name');
        await migrated().sql(`CREATE SCHEMA elsewhere CREATE TABLE stage (id int)`);
        for (const [name, value] of Object.entries(HOSTILE)) {
          const list = name === 'search_path' ? value : `'${value}'`;
          await migrated().sql(`ALTER DATABASE ${row?.name} SET ${name} = ${list}`);
        }
        if (way !== 'directly') pooler = await startPgBouncer(way, migrated().url);
        database = new PostgresDatabase(pooler?.url ?? migrated().url, systemClock, silentLog);
        await database.connect();
        session = database.openSession('test', 200);
      });
      after(async () => {
        await session?.close();
        await database?.close();
        await pooler?.stop();
      });

      it('is seen for what it is', () => {
        expect(database.canListen).to.equal(way !== 'transaction');
      });

      it('does not change what correctness depends on', async () => {
        expect((await session.query(SHOW))[0]).to.deep.equal(OURS);
        expect((await database.query(SHOW))[0]).to.deep.equal(OURS);
        expect((await database.em().execute(SHOW.text))[0]).to.deep.equal(OURS);
        await transact({ database, instance: 'test', actor: null }, null, async (em) => {
          expect((await em.execute(SHOW.text))[0]).to.deep.equal(OURS);
        });
      });

      it('has a time limit on each statement of ours, told by the server', async () => {
        const from = performance.now();
        const error = await failure(session.query({ name: 'long', text: 'SELECT pg_sleep($1)' }, [30]));
        expect(performance.now() - from).to.be.below(5000);
        expect(error).to.have.property('code', '57014');
        expect(
          await session.query({ name: 'short', text: 'SELECT $1::text AS a, $2::int[] AS b' }, ["it's \\ $2", [1, 2]]),
        ).to.deep.equal([{ a: "it's \\ $2", b: [1, 2] }]);
      });

      it('does not end what may take longer', async () => {
        await database.query({ name: 'long', text: 'SELECT pg_sleep($1)' }, [1.1]);
      });

      if (way === 'transaction') {
        it('leaks none of our settings to others behind the pooler', async () => {
          const other = new pg.Client({ connectionString: pooler?.url });
          await other.connect();
          await session.query(SHOW);
          expect((await other.query('SHOW plan_cache_mode')).rows).to.deep.equal([
            { plan_cache_mode: 'force_custom_plan' },
          ]);
          await other.end();
        });
      } else {
        it('is heard', async () => {
          const hearing = new Hearing(database);
          await hearing.listening(1);
          await database.query({ name: '', text: `SELECT pg_notify(${CHANNEL}, $1)` }, ['news']);
          await hearing.until('news');
          await hearing.close();
        });
      }
    },
  );
}
