import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Election } from '../../src/leader/election.ts';
import { RedlockElection } from '../../src/leader/redlock-election.ts';
import { SoloElection } from '../../src/leader/solo-election.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { eventually } from '../support/wait.ts';

const LEASE_MS = 1000;

for (const count of [1, 3]) {
  describe(`election by Redlock over ${count} Redis`, () => {
    const servers: RedisServer[] = [];
    let open: Election[] = [];
    let deployment = 0;

    before(async () => {
      for (let i = 0; i < count; i++) servers.push(await startRedis());
    });
    after(() => Promise.all(servers.map((server) => server.stop())));
    beforeEach(() => {
      deployment += 1;
    });
    afterEach(async () => {
      await Promise.all(open.map((election) => election.close()));
      open = [];
    });

    const candidate = (name = `d${deployment}`): Election => {
      const urls = servers.map((server) => server.url);
      const election = new RedlockElection(connectRedis(urls, LEASE_MS, silentLog), name, LEASE_MS, systemClock);
      open.push(election);
      return election;
    };

    it('elects one of two, and tells the other how long to wait', async () => {
      const [a, b] = [candidate(), candidate()];
      expect((await a.campaign()).kind).to.equal('elected');
      const verdict = await b.campaign();
      expect(verdict.kind).to.equal('held');
      if (verdict.kind === 'held') expect(verdict.retryInMs).to.be.within(1, LEASE_MS);
    });

    it('says until when an election is to be trusted: less than a lease from the start of the try', async () => {
      const connected = candidate();
      await connected.campaign();
      await connected.resign();
      const startedMs = systemClock.monoMs();
      const verdict = await connected.campaign();
      if (verdict.kind !== 'elected') throw new Error(verdict.kind);
      // The first hundredth is for clocks that drift.
      expect(verdict.trustedUntilMs - startedMs).to.be.within(LEASE_MS / 2, LEASE_MS * 0.99);
    });

    it('lets the next win at once after a resignation', async () => {
      const [a, b] = [candidate(), candidate()];
      await a.campaign();
      await a.resign();
      expect((await b.campaign()).kind).to.equal('elected');
    });

    it('lets the next win when the lease has ended without renewal', async () => {
      const [a, b] = [candidate(), candidate()];
      await a.campaign();
      await eventually(async () => expect((await b.campaign()).kind).to.equal('elected'), { timeoutMs: 3 * LEASE_MS });
      expect((await a.renew()).kind).to.equal('held');
    });

    it('keeps the lock by renewing it', async () => {
      const [a, b] = [candidate(), candidate()];
      await a.campaign();
      for (let i = 0; i < 5; i++) {
        expect((await a.renew()).kind).to.equal('elected');
        expect((await b.campaign()).kind).to.equal('held');
      }
    });

    it('wins anew after FLUSHALL, which leaves nothing to extend', async () => {
      const a = candidate();
      await a.campaign();
      for (const server of servers) await server.flush();
      expect((await a.renew()).kind).to.equal('elected');
      expect((await candidate().campaign()).kind).to.equal('held');
    });

    it('does not let go of a lock that is not its own', async () => {
      const [a, b, c] = [candidate(), candidate(), candidate()];
      await a.campaign();
      for (const server of servers) await server.flush();
      await b.campaign();
      await a.resign();
      expect((await c.campaign()).kind).to.equal('held');
    });

    it('does not meddle with another deployment on the same Redis', async () => {
      await candidate('one').campaign();
      expect((await candidate('two').campaign()).kind).to.equal('elected');
    });

    it('cannot tell when the servers do not answer, and says that it is degraded, until they do', async () => {
      const a = candidate();
      await a.campaign();
      for (const server of servers) server.pause();
      expect((await a.renew()).kind).to.equal('undecided');
      expect(a.trouble?.cause).to.contain('does not answer');
      for (const server of servers) server.resume();
      await eventually(async () => expect((await a.renew()).kind).to.equal('elected'));
      expect(a.trouble).to.equal(null);
    });

    it("does not take its own lock for a rival's after a moment in which the servers were silent", async () => {
      const a = candidate();
      await a.campaign();
      for (const server of servers) server.pause();
      const renewing = a.renew();
      for (const server of servers) server.resume();
      expect((await renewing).kind).to.be.oneOf(['elected', 'undecided']);
      for (let i = 0; i < 3; i++) expect((await a.renew()).kind).to.equal('elected');
    });

    if (count === 3) {
      it('goes on saying that one of the three gives no locks, after that one has forgotten ours', async () => {
        const a = candidate();
        await a.campaign();
        await servers[0]?.ask('REPLICAOF', '127.0.0.1', '1');
        await eventually(async () => {
          expect((await a.renew()).kind).to.equal('elected');
          expect(await servers[0]?.ask('EXISTS', `stagebell:leader:d${deployment}`)).to.equal(0);
        });
        for (let i = 0; i < 2; i++) await a.renew();
        expect(a.minorTrouble?.cause).to.contain('READONLY');
        await servers[0]?.ask('REPLICAOF', 'NO', 'ONE');
        await a.renew();
        expect(a.minorTrouble).to.equal(null);
      });

      it('is not outvoted by what tries that failed have left on single servers', async () => {
        const a = candidate();
        await a.campaign();
        const key = `stagebell:leader:d${deployment}`;
        for (const [i, server] of servers.entries()) await server.ask('SET', key, `leftover ${i}`, 'PX', LEASE_MS);
        expect((await a.renew()).kind, 'nobody holds it').to.equal('undecided');
        await eventually(async () => expect((await a.renew()).kind).to.equal('elected'), { timeoutMs: 3 * LEASE_MS });
      });

      it('works while one of the three is away', async () => {
        await servers[2]?.stop();
        const [a, b] = [candidate(), candidate()];
        expect((await a.campaign()).kind).to.equal('elected');
        expect((await b.campaign()).kind).to.equal('held');
        expect((await a.renew()).kind).to.equal('elected');
        expect(a.trouble).to.equal(null);
        expect(a.minorTrouble?.cause).to.contain('1 of 3 Redis servers is out');
        await servers[2]?.start();
        await eventually(() => expect(a.minorTrouble).to.equal(null));
      });

      it('cannot tell while two of the three are away', async () => {
        await Promise.all([servers[0]?.stop(), servers[1]?.stop()]);
        expect((await candidate().campaign()).kind).to.equal('undecided');
        await Promise.all([servers[0]?.start(), servers[1]?.start()]);
      });
    }
  });
}

describe('election without Redis', () => {
  it('elects the process that starts, once; after that only a vacant or stale term is to be had', async () => {
    const election = new SoloElection();
    expect((await election.campaign()).kind).to.equal('elected');
    expect((await election.renew()).kind).to.equal('elected');
    expect((await election.campaign()).kind).to.equal('undecided');
    expect(election.trouble).to.equal(null);
  });
});
