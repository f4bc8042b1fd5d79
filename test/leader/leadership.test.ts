import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import type { Term } from '../../src/db/leading/term.ts';
import { onPostgres } from '../support/on-each.ts';
import { ELECTED, HELD } from '../support/scripted-election.ts';
import { ScriptedLeadership } from '../support/scripted-leadership.ts';
import { eventually } from '../support/wait.ts';

/** The protocol, one candidate at a time. */
onPostgres('Leadership', (database) => {
  let me: ScriptedLeadership;
  beforeEach(async () => {
    me = await ScriptedLeadership.on(database());
  });
  afterEach(() => me.end());

  it('takes the term when it is elected, and keeps it by heartbeats', async () => {
    me.begin();
    await me.happened('gained');
    expect(await me.leader()).to.equal('me');
    const [before] = await database().sql<{ at: string }>('SELECT heartbeat_at::text AS at FROM leadership');
    await eventually(async () => {
      const [now] = await database().sql<{ later: boolean }>('SELECT heartbeat_at > $1 AS later FROM leadership', [
        before?.at,
      ]);
      expect(now?.later).to.equal(true);
    });
    expect(me.terms).to.have.length(1);
  });

  it('does not take a term on the word of an election that may be over: another may have been elected', async () => {
    me.election.campaigns = [{ kind: 'elected', trustedUntilMs: systemClock.monoMs() - 1 }, HELD];
    me.begin();
    await me.happened('campaign', 3);
    const first = me.events.slice(0, 3);
    expect(first, 'what it does not trust it lets go of').to.deep.equal(['campaign', 'resign', 'campaign']);
    expect(me.terms).to.deep.equal([]);
    expect(await me.leader()).to.equal(null);
  });

  it('learns from its own heartbeat that another has taken the term, if no news reaches it', async () => {
    me.begin();
    await me.happened('gained');
    me.election.campaigns = [HELD];
    await me.takeOver();
    await me.happened('lost');
    expect(await me.leader(), 'it is not its to release').to.equal('rival');
  });

  it('lets go of the lock when the database has been out of reach for a lease, and leads again later', async () => {
    me.begin();
    await me.happened('gained');
    me.isAway = true;
    await me.happened('lost');
    await me.happened('resign');
    expect(me.events.indexOf('resign')).to.be.above(me.events.indexOf('lost'));
    me.isAway = false;
    await me.happened('gained', 2);
  });

  it('says why it cannot lead while the statement that takes the term is refused', async () => {
    await database().sql(
      `CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'audit is closed'; END $$`,
    );
    await database().sql('CREATE TRIGGER shut BEFORE UPDATE ON leadership FOR EACH ROW EXECUTE FUNCTION shut()');
    try {
      me.begin();
      await eventually(() =>
        expect(me.health.troubles.map(({ part, detail }) => [part, detail])).to.deep.equal([
          ['term', 'audit is closed'],
        ]),
      );
    } finally {
      await database().sql('DROP FUNCTION shut CASCADE');
    }
    await me.happened('gained');
    expect(me.health.degraded).to.deep.equal([]);
  });

  it('hands over when nothing is in flight any more: first the timers, then the lock, then the term', async () => {
    me.begin();
    await me.happened('gained');
    const [term] = me.terms;
    me.stopScheduling = async () => {
      // A burst that takes its time. The lock is still ours meanwhile, and so is the term.
      for (let i = 0; i < 20; i++) {
        const { isCurrent } = await sendHeartbeat(database().db, term as Term);
        expect(isCurrent).to.equal(true);
      }
      me.events.push('timers cancelled');
    };
    await me.leadership?.stop();
    expect(me.events).to.deep.equal(['campaign', 'gained', 'timers cancelled', 'lost', 'resign']);
    expect(await me.leader()).to.equal(null);
  });

  it('keeps the lock that tells of its death until it has released the term', async () => {
    me.begin();
    await me.happened('gained');
    await eventually(() => expect(me.leadership?.toldBy.toldBy).to.equal('postgres'));
    const order: string[] = [];
    me.onQuery = (name) => {
      if (name === 'release_term') order.push('term');
    };
    me.onLetGo = () => order.push('lock');
    await me.leadership?.stop();
    expect(order.slice(0, 2)).to.deep.equal(['term', 'lock']);
  });

  it('stands by while another is elected, and wins when it is its turn', async () => {
    me.election.campaigns = [HELD, HELD, ELECTED];
    me.begin();
    await me.happened('gained');
    expect(me.events).to.deep.equal(['campaign', 'campaign', 'campaign', 'gained']);
  });

  it('takes only a vacant or stale term while the election cannot tell', async () => {
    await me.takeOver();
    me.election.campaigns = [{ kind: 'undecided' }];
    me.begin();
    await me.happened('campaign', 2);
    expect(me.terms).to.deep.equal([]);
    // The rival has never beaten since: it is stale after three leases.
    await me.happened('gained');
    expect(await me.leasesBefore(me.terms[0]?.epoch)).to.be.within(3, 6);
  });
});
