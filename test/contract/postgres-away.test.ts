import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Session } from '../../src/db/database.ts';
import { CHANNEL } from '../../src/db/names.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { failure } from '../support/failure.ts';
import { Hearing } from '../support/hearing.ts';
import { freePort } from '../support/ports.ts';
import { startPostgres } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { eventually, within } from '../support/wait.ts';

const TIMEOUT_MS = 500;

/** What PostgresDatabase does when its server, or the way to it, is away. */
describe('PostgresDatabase without its server', function () {
  this.timeout(30_000);
  let server: PostgresServer;
  let database: PostgresDatabase;
  let db: Session;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());
  beforeEach(async () => {
    database = new PostgresDatabase(server.url, systemClock, silentLog);
    await database.connect();
    db = database.openSession('contract', TIMEOUT_MS);
  });
  afterEach(async () => {
    await db.close();
    await database.close();
  });
  const sql = (text: string, session = db) => session.query<{ pid: number }>({ name: '', text });
  const pid = async (): Promise<number> => (await sql('SELECT pg_backend_pid() AS pid'))[0]?.pid ?? 0;
  const terminateAllBut = async (session: Session) => {
    await session.query({
      name: '',
      text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL`,
    });
  };
  const isAway = async (work: Promise<unknown>): Promise<void> => {
    expect(await failure(work)).to.be.instanceOf(DatabaseUnavailableError);
  };

  it('says so when nothing listens there', async () => {
    const nowhere = new PostgresDatabase(
      `postgresql://postgres@127.0.0.1:${await freePort()}/postgres`,
      systemClock,
      silentLog,
    );
    await isAway(nowhere.connect());
    const session = nowhere.openSession('contract', TIMEOUT_MS);
    await isAway(sql('SELECT 1', session));
    await session.close();
    await nowhere.close();
  });

  it('gives a session a new connection when its backend is terminated', async () => {
    const admin = database.openSession('admin', 5000);
    const before = await pid();
    await terminateAllBut(admin);
    // The end may be noticed between statements, or by the next one; after that one it works again.
    const after = await pid().catch(() => pid());
    expect(after).to.not.equal(before);
    await admin.close();
  });

  it('says so to a statement that was under way, and goes on with the next', async () => {
    const admin = database.openSession('admin', 5000);
    const before = await pid();
    const sleeping = isAway(sql('SELECT pg_sleep(0.4)'));
    await eventually(async () => {
      const rows = await admin.query({
        name: '',
        text: `SELECT FROM pg_stat_activity WHERE pid = ${before} AND wait_event = 'PgSleep'`,
      });
      expect(rows).to.have.length(1);
    });
    await terminateAllBut(admin);
    await sleeping;
    expect(await pid()).to.not.equal(before);
    await admin.close();
  });

  it('says so while the server is down, and goes on when it is back', async () => {
    await pid();
    for (const mode of ['fast', 'immediate'] as const) {
      await server.stop(mode);
      await isAway(sql('SELECT 1'));
      await isAway(sql('SELECT 1'));
      await server.start();
      expect(await pid()).to.be.greaterThan(0);
    }
  });

  it('gives up on a server that does not answer, soon after the time limit, and goes on when it does', async () => {
    await pid();
    server.pause();
    try {
      const from = performance.now();
      await isAway(sql('SELECT 1'));
      expect(performance.now() - from).to.be.within(TIMEOUT_MS, TIMEOUT_MS + 4000);
      // On a new connection, which it does not accept either.
      await isAway(sql('SELECT 1'));
    } finally {
      server.resume();
    }
    expect(await pid()).to.be.greaterThan(0);
  });

  it('closes a session while the server does not answer', async () => {
    await pid();
    server.pause();
    try {
      await within(db.close(), 5000, 'the close');
    } finally {
      server.resume();
    }
  });

  it('has ears that listen again after each loss, and say when they were deaf', async () => {
    const hearing = new Hearing(database);
    await hearing.listening(1);
    await terminateAllBut(db);
    await hearing.listening(2);
    await server.restart('fast');
    await hearing.listening(3);
    expect(hearing.deaf).to.have.length.of.at.least(2);
    expect(hearing.ears.isListening).to.equal(true);
    // The first statement may find out that its connection was lost.
    await sql('SELECT 1').catch(() => {});
    await db.query({ name: '', text: `SELECT pg_notify(${CHANNEL}, $1)` }, ['again']);
    await hearing.until('again');
    await hearing.close();
    expect(hearing.ears.isListening).to.equal(false);
  });

  it('has ears that listen anew when they are told to', async () => {
    const hearing = new Hearing(database);
    await hearing.listening(1);
    hearing.ears.reconnect('no pulse');
    await hearing.listening(2);
    expect(hearing.deaf).to.deep.equal(['no pulse']);
    await hearing.close();
  });

  it('closes ears that cannot connect', async () => {
    await server.stop('fast');
    try {
      const hearing = new Hearing(database);
      await eventually(() => expect(hearing.deaf).to.have.length.of.at.least(2));
      await within(hearing.close(), 5000, 'the close');
      expect(hearing.listened).to.equal(0);
    } finally {
      await server.start();
    }
  });
});
