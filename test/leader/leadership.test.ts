import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import { Health } from '../../src/base/health.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Queryable } from '../../src/db/database.ts';
import { beat, readLeadership, type Term, takeTerm } from '../../src/db/term.ts';
import { Leadership } from '../../src/leader/leadership.ts';
import { onPostgres } from '../support/on-each.ts';
import { ELECTED, HELD, ScriptedElection } from '../support/scripted-election.ts';
import { eventually } from '../support/wait.ts';

const LEASE_MS = 300;

/** The protocol, one candidate at a time: the election is scripted, the term is in a real database. */
onPostgres('Leadership', (database) => {
  let election: ScriptedElection;
  let leadership: Leadership;
  let health: Health;
  /** What happened, in order. */
  let events: string[];
  let terms: Term[];
  let isAway: boolean;
  let onQuery: (name: string) => void;
  let stopScheduling: () => Promise<void>;

  beforeEach(async () => {
    await database().sql('UPDATE leadership SET instance = NULL, heartbeat_at = NULL, since = NULL');
    [events, terms, isAway, stopScheduling, onQuery] = [[], [], false, async () => {}, () => {}];
    election = new ScriptedElection((what) => {
      if (what !== 'renew') events.push(what);
    });
  });
  afterEach(async () => {
    isAway = false;
    await leadership.stop();
  });

  const db: Queryable = {
    query: async (statement, values) => {
      onQuery(statement.name);
      if (isAway) throw new DatabaseUnavailableError('away');
      return database().db.query(statement, values);
    },
  };
  function begin(): void {
    health = new Health(systemClock, silentLog);
    leadership = new Leadership({
      database: database().database,
      db,
      election,
      instance: 'me',
      leaseMs: LEASE_MS,
      clock: systemClock,
      random: () => 0.5,
      log: silentLog,
      health,
      events: {
        onGained: (term) => {
          terms.push(term);
          events.push('gained');
        },
        onLost: async () => {
          await stopScheduling();
          events.push('lost');
        },
        onBeat: () => {},
        onSilence: () => {},
      },
    });
  }
  const happened = (what: string, times = 1) =>
    eventually(() => expect(events.filter((event) => event === what)).to.have.length.at.least(times), { everyMs: 2 });
  const leader = async (): Promise<string | null> => (await readLeadership(database().db)).instance;
  const takeOver = () => takeTerm(database().db, 'rival', LEASE_MS, 'always');

  it('takes the term when it is elected, and keeps it by heartbeats', async () => {
    begin();
    await happened('gained');
    expect(await leader()).to.equal('me');
    const [before] = await database().sql<{ at: string }>('SELECT heartbeat_at::text AS at FROM leadership');
    await eventually(async () => {
      const [now] = await database().sql<{ later: boolean }>('SELECT heartbeat_at > $1 AS later FROM leadership', [
        before?.at,
      ]);
      expect(now?.later).to.equal(true);
    });
    expect(terms).to.have.length(1);
  });

  it('does not take a term on the word of an election that may be over: another may have been elected', async () => {
    election.campaigns = [{ kind: 'elected', trustedUntilMs: systemClock.monoMs() - 1 }, HELD];
    begin();
    await happened('campaign', 3);
    expect(events.slice(0, 3), 'what it does not trust it lets go of').to.deep.equal([
      'campaign',
      'resign',
      'campaign',
    ]);
    expect(terms).to.deep.equal([]);
    expect(await leader()).to.equal(null);
  });

  it('goes on while another is elected that does not take the term: Redis is advice', async () => {
    begin();
    await happened('gained');
    election.renewal = HELD;
    await eventually(() => expect(health.troubles.map(({ part }) => part)).to.deep.equal(['election']), {
      timeoutMs: 10 * LEASE_MS,
    });
    expect(health.troubles[0]?.cause).to.contain('held by somebody who does not lead in this database');
    expect(await leader()).to.equal('me');
    expect(terms).to.have.length(1);
    election.renewal = ELECTED;
    await eventually(() => expect(health.degraded).to.deep.equal([]));
  });

  it('asks PostgreSQL at once whether another that is elected has taken the term', async () => {
    const asked: string[] = [];
    election = new ScriptedElection((what) => asked.push(what));
    election.renewal = HELD;
    onQuery = (name) => asked.push(name);
    begin();
    await eventually(() => expect(asked.filter((what) => what === 'renew')).to.have.length.at.least(2));
    const first = asked.indexOf('renew');
    expect(asked.slice(first + 1, asked.indexOf('renew', first + 1))).to.contain('heartbeat');
  });

  describe('elected while another leads, which beats', () => {
    let rival: Term;
    let beating: NodeJS.Timeout;
    beforeEach(async () => {
      rival = (await takeOver()) as Term;
      beating = setInterval(() => void beat(database().db, rival), LEASE_MS / 3);
    });
    afterEach(() => clearInterval(beating));

    /** What the ears would say. */
    const hearTheRival = () => leadership.hear({ kind: 'pulse', epoch: rival.epoch, databaseMs: 0 });

    it('does not depose it, says that two are elected, and takes the term when it is stale', async () => {
      election.seen = 'free';
      begin();
      await eventually(
        () => {
          hearTheRival();
          expect(health.troubles[0]?.cause).to.contain('elected by different Redis servers');
        },
        { timeoutMs: 10 * LEASE_MS },
      );
      expect(health.troubles[0]?.cure).to.contain('the same REDIS_URL');
      expect(terms).to.deep.equal([]);
      expect(await leader()).to.equal('rival');
      clearInterval(beating);
      await happened('gained');
      const [row] = await database().sql<{ leases: number }>(
        `SELECT (extract(epoch FROM since - (SELECT started_at FROM term WHERE epoch = $1)) * 1000)::float8 / $2 AS leases
         FROM leadership`,
        [rival.epoch, LEASE_MS],
      );
      expect(row?.leases, 'an election by another Redis is worth nothing').to.be.at.least(3);
    });

    it('says nothing where the leader takes its lock again, which Redis had forgotten', async () => {
      begin();
      await happened('campaign');
      election.campaigns = [HELD];
      await eventually(() => {
        hearTheRival();
        expect(events).to.contain('look');
      });
      expect(health.degraded).to.deep.equal([]);
    });

    it('takes the term a heartbeat after its last one when it is gone', async () => {
      clearInterval(beating);
      begin();
      await happened('gained');
      const [row] = await database().sql<{ leases: number }>(
        `SELECT (extract(epoch FROM started_at - (SELECT started_at FROM term WHERE epoch = $1 - 1)) * 1000)::float8 / $2 AS leases
         FROM term WHERE epoch = $1`,
        [terms[0]?.epoch, LEASE_MS],
      );
      expect(row?.leases).to.be.within(1, 2.5);
    });
  });

  it('deposed while it holds its lock, it says that two are elected, until the lock is in one hand', async () => {
    begin();
    await happened('gained');
    await takeOver();
    await happened('lost');
    await eventually(() => expect(health.troubles[0]?.cause).to.contain('elected by different Redis servers'));
    election.campaigns = [HELD];
    leadership.hear({ kind: 'vacant', epoch: 0 });
    await eventually(() => expect(health.degraded).to.deep.equal([]));
  });

  it('where the lock is held for ever by nobody that leads, takes what is vacant all the same', async () => {
    election.campaigns = [{ kind: 'held', retryInMs: 600_000 }];
    begin();
    await happened('gained');
    expect(await leader()).to.equal('me');
  });

  it('learns from its own heartbeat that another has taken the term, where no news reaches it', async () => {
    begin();
    await happened('gained');
    election.campaigns = [HELD];
    await takeOver();
    await happened('lost');
    expect(await leader(), 'it is not its to release').to.equal('rival');
  });

  it('lets go of the lock when the database has been out of reach for a lease, and leads again later', async () => {
    begin();
    await happened('gained');
    isAway = true;
    await happened('lost');
    await happened('resign');
    expect(events.indexOf('resign')).to.be.above(events.indexOf('lost'));
    isAway = false;
    await happened('gained', 2);
  });

  it('says why it cannot lead where the statement that takes the term is refused, until it is not', async () => {
    await database().sql(
      `CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'audit is closed'; END $$`,
    );
    await database().sql('CREATE TRIGGER shut BEFORE UPDATE ON leadership FOR EACH ROW EXECUTE FUNCTION shut()');
    try {
      begin();
      await eventually(() =>
        expect(health.troubles.map(({ part, detail }) => [part, detail])).to.deep.equal([['term', 'audit is closed']]),
      );
    } finally {
      await database().sql('DROP FUNCTION shut CASCADE');
    }
    await happened('gained');
    expect(health.degraded).to.deep.equal([]);
  });

  it('hands over when nothing is in flight any more: first the timers, then the lock, then the term', async () => {
    begin();
    await happened('gained');
    const [term] = terms;
    stopScheduling = async () => {
      // A burst that takes its time. The lock is still ours meanwhile, and so is the term.
      for (let i = 0; i < 20; i++) {
        const { isCurrent } = await beat(database().db, term as Term);
        expect(isCurrent).to.equal(true);
      }
      events.push('timers cancelled');
    };
    await leadership.stop();
    expect(events).to.deep.equal(['campaign', 'gained', 'timers cancelled', 'lost', 'resign']);
    expect(await leader()).to.equal(null);
  });

  it('stands by while another is elected, and wins when it is its turn', async () => {
    election.campaigns = [HELD, HELD, ELECTED];
    begin();
    await happened('gained');
    expect(events).to.deep.equal(['campaign', 'campaign', 'campaign', 'gained']);
  });

  it('where the election cannot tell, takes what is vacant or stale, and nothing else', async () => {
    await takeOver();
    election.campaigns = [{ kind: 'undecided' }];
    begin();
    await happened('campaign', 2);
    expect(terms).to.deep.equal([]);
    // The rival has never beaten since: it is stale after three leases.
    await happened('gained');
    const [row] = await database().sql<{ leases: number }>(
      `SELECT (extract(epoch FROM started_at - (SELECT started_at FROM term WHERE epoch = $1 - 1)) * 1000)::float8 / $2 AS leases
       FROM term WHERE epoch = $1`,
      [terms[0]?.epoch, LEASE_MS],
    );
    expect(row?.leases).to.be.within(3, 6);
  });
});
