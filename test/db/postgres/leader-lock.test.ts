import { expect } from 'chai';
import type pg from 'pg';
import { systemClock } from '../../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { sendHeartbeat } from '../../../src/db/leading/heartbeat.ts';
import { endHolder, readLeaderLock } from '../../../src/db/leading/leader-lock-view.ts';
import { readLeadership } from '../../../src/db/leading/leadership-row.ts';
import { sayLocked, type Term, takeTerm } from '../../../src/db/leading/term.ts';
import { PostgresLeaderLock } from '../../../src/db/postgres/leader-lock.ts';
import { PostgresDatabase } from '../../../src/db/postgres/postgres.ts';
import { onPostgres } from '../../support/on-each.ts';
import { eventually } from '../../support/wait.ts';
import { pidOf } from '../../support/waits.ts';

const LEASE_MS = 5000;
/** A server that is asked every two seconds, and what it takes then. */
const NOTICED_MS = 4000;

/** One that wants the lock, and its connection. */
class Wanting {
  readonly lock: PostgresLeaderLock;
  client: pg.Client | null = null;
  isLost = false;
  isGiven = false;
  /** Settles when the lock is given. */
  given: Promise<void>;

  constructor(database: PostgresDatabase) {
    this.lock = new PostgresLeaderLock(async () => {
      this.client = await database.openClient('alive', 0);
      return this.client;
    });
    this.given = this.lock
      .acquire({
        onWaiting: () => {},
        onLost: () => {
          this.isLost = true;
        },
      })
      .then(() => {
        this.isGiven = true;
      });
    this.given.catch(() => {});
  }

  get pid(): number {
    return pidOf(this.client as pg.Client);
  }

  /** A half-open connection. */
  hearNothing(): void {
    (this.client as unknown as { connection: { stream: { pause(): void } } }).connection.stream.pause();
  }

  /** As the kernel does when the process is dead. */
  die(): void {
    (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}

onPostgres('The lock that tells of the death of a leader', (database) => {
  let all: Wanting[] = [];
  afterEach(() => {
    for (const { lock } of all) lock.letGo();
    all = [];
  });
  const want = (from = database().database): Wanting => {
    const wanting = new Wanting(from as PostgresDatabase);
    all.push(wanting);
    return wanting;
  };
  const look = () => readLeaderLock(database().db);
  /** One holds it, and so many wait, in the order in which they came. */
  async function queue(waiting: number): Promise<[Wanting, ...Wanting[]]> {
    const holder = want();
    await holder.given;
    for (let i = 1; i <= waiting; i++) {
      want();
      await eventually(async () => expect((await look()).waiting).to.equal(i), { everyMs: 5 });
    }
    return all as [Wanting, ...Wanting[]];
  }
  const sessions = () =>
    database().sql<object>(
      `SELECT state, backend_xid AS xid, backend_xmin AS xmin FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'stagebell:alive' ORDER BY state`,
    );
  const areGone = (...pids: number[]): Promise<void> =>
    eventually(
      async () => {
        const left = await database().sql('SELECT FROM pg_stat_activity WHERE pid = ANY ($1::int[])', [pids]);
        expect(left).to.deep.equal([]);
      },
      { timeoutMs: NOTICED_MS },
    );

  it('is given to one after the other, in order of arrival: on letting go, and on death', async () => {
    const [holder, second, third] = await queue(2);
    expect(await look()).to.deep.include({ holder: holder.pid, waiting: 2 });
    holder.lock.letGo();
    await second?.given;
    expect([holder.isLost, third?.isGiven]).to.deep.equal([false, false]);
    second?.die();
    await third?.given;
    expect(second?.isLost).to.equal(true);
  });

  it('holds back nothing, held or waited for: no snapshot, no transaction id, no VACUUM, no dump', async () => {
    await queue(2);
    const waiting = { state: 'active', xid: null, xmin: null };
    expect(await sessions()).to.deep.equal([waiting, waiting, { ...waiting, state: 'idle in transaction' }]);
    await database().sql('VACUUM ANALYZE');
    await database().transaction(async () => {
      // What pg_dump takes of each relation.
      await database().sql('LOCK TABLE leader_alive, leadership, stage IN ACCESS SHARE MODE NOWAIT');
    });
  });

  it('leaves no session behind when a waiter lets go or dies', async () => {
    const [holder, tired, dying, last] = await queue(3);
    tired?.lock.letGo();
    const error = await tired?.given.catch((reason) => reason);
    expect(error).to.be.instanceOf(DatabaseUnavailableError);
    dying?.die();
    await areGone(tired?.pid ?? 0, dying?.pid ?? 0);
    expect(tired?.isLost).to.equal(false);
    holder.lock.letGo();
    await last?.given;
  });

  it('can be let go of before there is a connection', async () => {
    const hasty = want();
    hasty.lock.letGo();
    expect(await hasty.given.catch((reason) => reason)).to.be.instanceOf(DatabaseUnavailableError);
    await eventually(async () => expect(await sessions()).to.deep.equal([]));
  });

  for (const name of [
    'stagebell',
    'a team:its bells',
    'a name that is longer than what PostgreSQL keeps of such a name',
  ])
    it(`is taken from a holder that is paused, by the present leader: ${name}`, async () => {
      const named = new PostgresDatabase(
        `${database().url}?application_name=${encodeURIComponent(name)}`,
        systemClock,
        silentLog,
      );
      await named.connect();
      const holder = want(named);
      await holder.given;
      const next = want();
      await endHolder(database().db);
      await next.given;
      await eventually(() => expect(holder.isLost).to.equal(true));
      await named.close();
    });

  it('ends on our side too if the server has ended it without our noticing, held or waited for', async () => {
    const [holder, waiting] = await queue(1);
    for (const { lock } of all) await lock.look(database().db);
    expect(await look()).to.include({ holder: holder.pid, waiting: 1 });
    for (const wanting of [waiting as Wanting, holder]) {
      wanting.hearNothing();
      await database().sql('SELECT pg_terminate_backend($1)', [wanting.pid]);
      await areGone(wanting.pid);
      await wanting.lock.look(database().db);
    }
    expect(await waiting?.given.catch((error) => error)).to.be.instanceOf(DatabaseUnavailableError);
    await eventually(() => expect(holder.isLost).to.equal(true));
  });

  it('is not waited for behind a change of the view, under a snapshot', async () => {
    await database().transaction(async () => {
      await database().sql('LOCK TABLE leader_alive IN ACCESS EXCLUSIVE MODE');
      expect(await want().given.catch(({ code }) => code)).to.equal('55P03');
    });
  });

  it('is refused to a role without the right to it, and the look at it as well', async () => {
    const role = `reader_${process.pid}`;
    await database().sql(`CREATE ROLE ${role} LOGIN`);
    const url = new URL(database().url);
    url.username = role;
    const lesser = new PostgresDatabase(url.href, systemClock, silentLog);
    const db = lesser.openSession('test', 5000);
    try {
      await lesser.connect();
      for (const ask of [() => want(lesser).given, () => readLeaderLock(db)])
        expect(await ask().catch(({ code }) => code)).to.equal('42501');
    } finally {
      await db.close();
      await lesser.close();
      await database().sql(`DROP ROLE ${role}`);
    }
  });

  describe('given to a follower', () => {
    /** Of a leader that lives. */
    let lead: ReturnType<PostgresDatabase['openSession']>;
    let term: Term;
    beforeEach(async () => {
      lead = database().database.openSession('lead', 5000);
      term = (await takeTerm(lead, 'leader', LEASE_MS, 'always')) as Term;
    });
    afterEach(() => lead.close());
    const succeed = () => takeTerm(database().db, 'next', LEASE_MS, 'if-dead');

    it('is no reason to take the term while the session of the heartbeats is there, and is one when it has gone', async () => {
      await sayLocked(lead, term, true);
      expect(await succeed()).to.equal(null);
      await lead.close();
      const next = await eventually(async () => {
        const taken = await succeed();
        expect(taken).to.not.equal(null);
        return taken;
      });
      expect(next?.epoch).to.equal(term.epoch + 1);
      // It holds the lock already.
      expect(await readLeadership(database().db)).to.include({ instance: 'next', isLocked: true });
    });

    it('is none where a pooler gave that session anew, with the same number and without its locks', async () => {
      await sayLocked(lead, term, true);
      await lead.query({ name: '', text: 'SELECT pg_advisory_unlock_all()' });
      await sendHeartbeat(lead, term);
      expect(await succeed()).to.equal(null);
    });

    it('is none if the leader never said that it holds the lock, or no longer says so', async () => {
      await sayLocked(lead, term, true);
      await sayLocked(lead, term, false);
      const pid = (await lead.query<{ pid: number }>({ name: '', text: 'SELECT pg_backend_pid() AS pid' }))[0]?.pid;
      await lead.close();
      await areGone(pid ?? 0);
      expect(await succeed()).to.equal(null);
      expect((await readLeadership(database().db)).instance).to.equal('leader');
    });
  });
});
