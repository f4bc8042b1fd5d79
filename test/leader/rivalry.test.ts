import { expect } from 'chai';
import { sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import type { Term } from '../../src/db/leading/term.ts';
import { onPostgres } from '../support/on-each.ts';
import { ELECTED, HELD, ScriptedElection } from '../support/scripted-election.ts';
import { LEASE_MS, ScriptedLeadership } from '../support/scripted-leadership.ts';
import { eventually } from '../support/wait.ts';

/** Where the lock and the term are in different hands: Redis is advice. */
onPostgres('Rivalry', (database) => {
  let me: ScriptedLeadership;
  beforeEach(async () => {
    me = await ScriptedLeadership.on(database());
  });
  afterEach(() => me.end());
  const troubles = () => me.health.troubles;

  it('goes on while another is elected that does not take the term', async () => {
    me.begin();
    await me.happened('gained');
    me.election.renewal = HELD;
    await eventually(() => expect(troubles().map(({ part }) => part)).to.deep.equal(['election']), {
      timeoutMs: 10 * LEASE_MS,
    });
    expect(troubles()[0]?.cause).to.contain('held by somebody who does not lead in this database');
    expect(await me.leader()).to.equal('me');
    expect(me.terms).to.have.length(1);
    me.election.renewal = ELECTED;
    await eventually(() => expect(me.health.degraded).to.deep.equal([]));
  });

  it('asks PostgreSQL at once whether another that is elected has taken the term', async () => {
    const asked: string[] = [];
    me.election = new ScriptedElection((what) => asked.push(what));
    me.election.renewal = HELD;
    me.onQuery = (name) => asked.push(name);
    me.begin();
    await eventually(() => expect(asked.filter((what) => what === 'renew')).to.have.length.at.least(2));
    const first = asked.indexOf('renew');
    expect(asked.slice(first + 1, asked.indexOf('renew', first + 1))).to.contain('heartbeat');
  });

  describe('elected while another leads, which writes heartbeats', () => {
    let rival: Term;
    let heartbeats: NodeJS.Timeout;
    beforeEach(async () => {
      rival = (await me.takeOver()) as Term;
      heartbeats = setInterval(() => void sendHeartbeat(database().db, rival), LEASE_MS / 3);
    });
    afterEach(() => clearInterval(heartbeats));

    /** What the ears would say. */
    const hearTheRival = () =>
      me.leadership?.hear({ kind: 'pulse', isLocked: false, recordEnd: null, epoch: rival.epoch, databaseMs: 0 });

    it('does not depose it, says that two are elected, and takes the term when it is stale', async () => {
      me.election.seen = 'free';
      me.begin();
      await eventually(
        () => {
          hearTheRival();
          expect(troubles()[0]?.cause).to.contain('elected by different Redis servers');
        },
        { timeoutMs: 10 * LEASE_MS },
      );
      expect(troubles()[0]?.cure).to.contain('the same REDIS_URL');
      expect(me.terms).to.deep.equal([]);
      expect(await me.leader()).to.equal('rival');
      clearInterval(heartbeats);
      await me.happened('gained');
      const leases = await me.leasesBefore(me.terms[0]?.epoch);
      expect(leases, 'an election by another Redis is worth nothing').to.be.at.least(3);
    });

    it('says nothing if the leader takes its lock again after Redis has forgotten it', async () => {
      me.begin();
      await me.happened('campaign');
      me.election.campaigns = [HELD];
      await eventually(() => {
        hearTheRival();
        expect(me.events).to.contain('look');
      });
      expect(me.health.degraded).to.deep.equal([]);
    });

    it('does not take its lock for a stranger’s when edits are heard and heartbeats are not', async () => {
      me.election.campaigns = [HELD];
      me.begin();
      const degraded: string[] = [];
      const forLong = (): void => {
        me.leadership?.hear({ kind: 'edit', instants: [] });
        degraded.push(...me.health.degraded);
        expect(me.events.filter((what) => what === 'campaign')).to.have.length(70);
      };
      await eventually(forLong, { timeoutMs: 20 * LEASE_MS });
      expect(degraded).to.deep.equal([]);
    });

    it('takes the term a heartbeat after its last one when it is gone', async () => {
      clearInterval(heartbeats);
      me.begin();
      await me.happened('gained');
      expect(await me.leasesBefore(me.terms[0]?.epoch)).to.be.within(1, 2.5);
    });
  });

  it('deposed while it holds its lock, it says that two are elected, until lock and term are in the same hands', async () => {
    me.begin();
    await me.happened('gained');
    await me.takeOver();
    await me.happened('lost');
    await eventually(() => expect(troubles()[0]?.cause).to.contain('elected by different Redis servers'));
    me.election.campaigns = [HELD];
    me.leadership?.hear({ kind: 'vacant', epoch: 0 });
    await eventually(() => expect(me.health.degraded).to.deep.equal([]));
  });

  it('takes a vacant term even if somebody who does not lead holds the lock for ever', async () => {
    me.election.campaigns = [{ kind: 'held', retryInMs: 600_000 }];
    me.begin();
    await me.happened('gained');
    expect(await me.leader()).to.equal('me');
  });
});
