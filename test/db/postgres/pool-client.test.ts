import type { PostgreSqlConnection } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import type pg from 'pg';
import { systemClock } from '../../../src/base/clock.ts';

import { silentLog } from '../../../src/base/log.ts';
import { editStage } from '../../../src/commands/edit-stage.ts';
import { transact } from '../../../src/commands/transact.ts';
import { Stage } from '../../../src/db/entities/stage.ts';
import { isUnavailable } from '../../../src/db/faults.ts';
import { PostgresDatabase } from '../../../src/db/postgres/postgres.ts';
import { findStage, readStage } from '../../../src/db/read/stages.ts';
import { Link } from '../../proof/chaos/links/link.ts';
import { onPostgres } from '../../support/on-each.ts';
import { eventually, within } from '../../support/wait.ts';

const POOL_SIZE = 2;

/** A pool that loses a place with each connection that breaks is empty after a bad day. */
onPostgres('The pool for requests', (database) => {
  let link: Link;
  let requests: PostgresDatabase;
  let editor: pg.Client;
  let pool: pg.Pool;
  let id: string;
  before(async () => {
    editor = await database().connect();
    const url = new URL(database().url);
    link = await Link.to(Number(url.port));
    url.port = String(link.port);
    requests = new PostgresDatabase(url.href, systemClock, silentLog, POOL_SIZE);
    await requests.connect();
    await requests.orm.connect();
    pool = await (requests.orm.em.getConnection() as unknown as PostgreSqlConnection).getNativeClient();
  });
  beforeEach(async () => {
    id = await database().stage(null);
  });
  after(async () => {
    await within(requests.close(), 2000, 'the pool closes');
    await link.refuse();
  });

  const writer = () => ({ database: requests, instance: 'test', actor: null });
  /** Each in its own way to the pool. */
  const EDITS: [string, (name: string) => Promise<unknown>][] = [
    ['a statement', (name) => editStage(writer(), id, { name }, null)],
    ['a transaction', (name) => transact(writer(), null, (em) => em.nativeUpdate(Stage, { id }, { name }))],
  ];
  const failing = (editing: Promise<unknown>): Promise<unknown> =>
    editing.then(
      () => null,
      (error) => error,
    );
  const isWhole = async () => {
    const reads = Array.from({ length: POOL_SIZE }, () => readStage(requests.em(), id));
    await within(Promise.all(reads), 2000, 'every place of the pool');
  };

  /** An edit that waits for its row, and fails when `breaks` has come over its connection. */
  const waitInVain = async (breaks: (pid: number) => unknown): Promise<void> => {
    await editor.query('BEGIN');
    await editor.query('SELECT FROM stage WHERE id = $1 FOR UPDATE', [id]);
    const editing = failing(editStage(writer(), id, { name: 'late' }, null));
    const pid = await eventually(async () => {
      const [waiting] = await database().sql<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (waiting === undefined) throw new Error('nobody waits');
      return waiting.pid;
    });
    await breaks(pid);
    expect(isUnavailable(await editing), 'the edit failed').to.equal(true);
    await editor.query('COMMIT');
    await eventually(async () =>
      expect(await database().sql('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).to.have.length(0),
    );
  };

  it('gets back the place of a connection that broke within a transaction', async () => {
    for (let i = 0; i <= POOL_SIZE; i++)
      await waitInVain((pid) => database().sql('SELECT pg_terminate_backend($1)', [pid]));
    await isWhole();
  });

  it('makes no edit that has its row when its client has gone', async () => {
    await waitInVain(() => link.cut());
    expect((await readStage(requests.em(), id))?.name).not.to.equal('late');
  });

  for (const [what, edit] of EDITS) {
    it(`gets back the place of one that broke while ${what} began`, async () => {
      for (let i = 0; i <= POOL_SIZE; i++) {
        await isWhole();
        link.silence('up');
        const editing = failing(edit(`name ${i}`));
        await eventually(() => expect(pool.idleCount, 'a connection is in use').to.be.below(POOL_SIZE), { everyMs: 1 });
        link.cut();
        link.speak();
        expect(isUnavailable(await editing), 'the edit failed').to.equal(true);
        await eventually(() => expect(pool.totalCount, 'broken connections in the pool').to.equal(0));
      }
      await isWhole();
    });
  }

  it('reports the database as away if the server ended a transaction while we were paused in it', async () => {
    const paused = transact(writer(), null, async (em) => {
      await em.execute(`SET LOCAL idle_in_transaction_session_timeout = '20ms'`);
      // As SIGSTOP does it: the server's last words arrive while nobody reads.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      await em.execute('SELECT 1');
    });
    expect(isUnavailable(await failing(paused))).to.equal(true);
    await isWhole();
  });

  it('retries an edit that lost a deadlock, but not for ever', async () => {
    let times = 0;
    const losing = (losses: number) =>
      transact(writer(), null, async (em) => {
        times += 1;
        if (times <= losses)
          await em.execute(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$`);
        return times;
      });
    expect(await losing(2)).to.equal(3);
    times = 0;
    expect(await failing(losing(9))).to.have.property('code', '40P01');
    expect(times).to.equal(3);
    await isWhole();
  });

  it('prepares again what was prepared before the type of a column changed', async () => {
    await isWhole();
    const found = () => Promise.all(Array.from({ length: POOL_SIZE }, () => findStage(requests, id)));
    await found();
    for (const type of ['varchar(250)', 'text']) {
      await database().sql(`ALTER TABLE stage ALTER name TYPE ${type}`);
      expect((await found()).map((stage) => stage?.id)).to.deep.equal(Array(POOL_SIZE).fill(id));
    }
  });
});
