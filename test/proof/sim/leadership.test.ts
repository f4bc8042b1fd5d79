import { expect } from 'chai';
import { TOLD_MS } from './bounds.ts';
import { Play } from './play.ts';

/** Bugs in the leadership of others, told here as what must happen; the names are those of their trackers. */
describe('simulated leadership', () => {
  it('a leader that crashes is replaced at once, and what was due in between is swept (dkron #1210)', () =>
    Play.perform({ leaseMs: 5000 }, async (play) => {
      const missed = await play.stage(1000, 2);
      await play.wait(999.5);
      play.strike({ kind: 'crash', target: 'leader', forMs: 20_000 });
      await play.wait(TOLD_MS);
      const [start, end] = await play.crossings(missed);
      expect(start).to.include({ to: 'active', cause: 'sweep', term: 2 });
      expect(end).to.include({ to: 'completed', term: 2 });
      expect(start?.lateMs).to.be.below(TOLD_MS);
    }));

  it('a new leader also arms what is to come (Oban #1300, River #1184)', () =>
    Play.perform({}, async (play) => {
      const coming = await play.stage(6000);
      play.strike({ kind: 'crash', target: 'leader', forMs: 20_000 });
      await play.wait(7000);
      const [start] = await play.crossings(coming);
      expect(start).to.include({ cause: 'timer', term: 2 });
      expect(start?.lateMs).to.be.below(5);
    }));

  it('a leader that was paused beyond its lease moves nothing under its old term, and follows (River #199)', () =>
    Play.perform({}, async (play) => {
      const paused = play.leader;
      const during = await play.stage(2000);
      const after = await play.stage(5000);
      play.strike({ kind: 'pause', target: 'leader', forMs: 4500 });
      await play.wait(3000);
      expect(play.sim.leaders, 'while one of them sleeps, two believe to lead').to.have.length(2);
      await play.wait(3000);
      expect(play.leader).not.to.equal(paused);
      for (const stage of [during, after]) {
        const rows = await play.crossings(stage);
        expect(rows.map(({ term, instance }) => ({ term, instance }))).to.deep.equal([
          { term: 2, instance: play.leader.name },
        ]);
      }
    }));

  it('a leader that is stopped hands over at once, and does not elect itself again (River #286)', () =>
    Play.perform({}, async (play) => {
      const { name } = play.leader;
      const soon = await play.stage(100);
      play.strike({ kind: 'hand-over', target: 'leader', isSuccessorFirst: false, forMs: 20_000 });
      await play.wait(200);
      expect(play.leader.name).not.to.equal(name);
      const [start] = await play.crossings(soon);
      expect(start).to.include({ cause: 'timer', term: 2 });
      expect(start?.lateMs).to.be.below(5);
    }));

  it('a table of stages that somebody holds costs nobody the term, and its bells ring when it is free', () =>
    Play.perform({}, async (play) => {
      const missed = await play.stage(2000);
      play.strike({ kind: 'table-locked', forMs: 12_000 });
      await play.wait(13_000);
      expect(await play.terms()).to.equal(1);
      expect((await play.crossings(missed))[0]?.lateMs).to.be.below(10_000 + 1100);
    }));

  it('nor does an old snapshot under which counting takes longer than a heartbeat may', () =>
    Play.perform({}, async (play) => {
      play.strike({ kind: 'old-snapshot', walkMs: 700, forMs: 30_000 });
      await play.wait(25_000);
      expect(await play.terms()).to.equal(1);
      // The net is there all the same.
      play.strike({ kind: 'notifications-lost', target: 'leader', share: 1, forMs: 20 });
      const unheard = await play.stage(500);
      await play.wait(4000);
      expect((await play.crossings(unheard))[0]?.lateMs).to.be.below(3000);
    }));

  it('a leader that cannot reach the database lets go, and one that can leads (Oban #1488)', () =>
    Play.perform({}, async (play) => {
      const { name } = play.leader;
      play.strike({ kind: 'database-cut', target: 'leader', forMs: 8000 });
      await play.wait(6000);
      expect(play.leader.name).not.to.equal(name);
      const soon = await play.stage(300);
      await play.wait(400);
      const [start] = await play.crossings(soon);
      expect(start).to.include({ cause: 'timer', term: 2 });
    }));

  it('errors while acquiring are no success (RedBeat #208)', () =>
    Play.perform({ instances: 2, redis: 1 }, async (play) => {
      for (const target of [0, 1]) play.strike({ kind: 'redis-errors', target, share: 1, forMs: 10_000 });
      await play.wait(8000);
      // The term is valid as long as its leader lives, whatever Redis says.
      expect(await play.terms()).to.equal(1);
    }));

  it('a lock that Redis has forgotten is taken anew by the one that leads (RedBeat #127)', () =>
    Play.perform({ redis: 1 }, async (play) => {
      const { name } = play.leader;
      play.strike({ kind: 'redis-flush', server: 'all' });
      await play.wait(3000);
      expect(play.leader.name).to.equal(name);
      expect(await play.terms()).to.equal(1);
    }));

  it('half of the commands to Redis failing costs no term (River #217, RedBeat #230: some slack)', () =>
    Play.perform({}, async (play) => {
      play.strike({ kind: 'redis-errors', target: 'leader', share: 0.5, forMs: 30_000 });
      for (let i = 0; i < 60; i++) {
        await play.wait(500);
        // Its own tries, half of which fail, are nobody else's lock.
        for (const { engine } of play.sim.leaders) expect(engine.degraded).to.not.include('election');
      }
      expect(await play.terms()).to.be.at.most(2);
    }));

  it('without Redis the leader goes on, and is replaced at once when it crashes', () =>
    Play.perform({}, async (play) => {
      const early = await play.stage(2000);
      const late = await play.stage(4001);
      play.strike({ kind: 'redis-down', server: 'all', forMs: 20_000 });
      await play.wait(4000);
      expect(await play.crossings(early)).to.have.length(1);
      play.strike({ kind: 'crash', target: 'leader', forMs: 20_000 });
      await play.wait(TOLD_MS);
      expect(await play.terms()).to.equal(2);
      expect((await play.crossings(late))[0]).to.include({ cause: 'sweep', term: 2 });
    }));

  it('without Redis a leader of whose end PostgreSQL cannot tell is replaced three leases after it', () =>
    Play.perform({}, async (play) => {
      const early = await play.stage(2000);
      const late = await play.stage(5000);
      play.strike({ kind: 'half-open', target: 'leader', which: 'alive' });
      play.strike({ kind: 'redis-down', server: 'all', forMs: 20_000 });
      await play.wait(4000);
      expect(await play.crossings(early)).to.have.length(1);
      play.strike({ kind: 'crash', target: 'leader', forMs: 20_000 });
      await play.wait(2500);
      expect(await play.terms()).to.equal(1);
      await play.wait(2500);
      expect(await play.terms()).to.equal(2);
      expect((await play.crossings(late))[0]).to.include({ cause: 'sweep', term: 2 });
    }));

  for (const what of ['writes', 'scripts'] as const) {
    it(`Redis that refuses ${what}: the leader goes on; stopped, it hands over at once; crashed, it is replaced at once`, () =>
      Play.perform({}, async (play) => {
        play.strike({ kind: 'redis-refuses', server: 'all', what, forMs: 20_000 });
        await play.wait(3000);
        expect(await play.terms()).to.equal(1);
        expect(play.leader.engine.degraded).to.deep.equal(['redis']);
        const soon = await play.stage(100);
        play.strike({ kind: 'hand-over', target: 'leader', isSuccessorFirst: false, forMs: 20_000 });
        await play.wait(300);
        const [bell] = await play.crossings(soon);
        expect(bell).to.include({ cause: 'timer', term: 2 });
        expect(bell?.lateMs).to.be.below(5);
        play.strike({ kind: 'crash', target: 'leader', forMs: 20_000 });
        await play.wait(TOLD_MS);
        expect(await play.terms()).to.equal(3);
      }));
  }

  it('a writable lock that turns read-only while it is held: the hand-over does not wait for it', () =>
    Play.perform({ redis: 1 }, async (play) => {
      play.strike({ kind: 'redis-refuses', server: 'all', what: 'writes', forMs: 20_000 });
      const soon = await play.stage(100);
      play.strike({ kind: 'hand-over', target: 'leader', isSuccessorFirst: false, forMs: 20_000 });
      await play.wait(300);
      expect((await play.crossings(soon))[0]?.lateMs).to.be.below(15);
    }));

  it('halves with different Redises do not fight, say so, and the deployment goes on in milliseconds', () =>
    Play.perform({ instances: 2 }, async (play) => {
      const leader = play.leader;
      const follower = play.sim.serving.findIndex(({ engine }) => engine.role === 'follower');
      play.strike({ kind: 'redis-other', target: follower, forMs: 40_000 });
      await play.wait(15_000);
      expect(await play.terms()).to.equal(1);
      expect(play.leader).to.equal(leader);
      const [other] = play.sim.serving.filter((instance) => instance !== leader);
      expect(other?.engine.degraded).to.deep.equal(['election']);
      const soon = await play.stage(100);
      play.strike({ kind: 'hand-over', target: 'leader', isSuccessorFirst: false, forMs: 20_000 });
      await play.wait(1000);
      expect((await play.crossings(soon))[0]?.lateMs).to.be.below(15);
      expect(play.leader).to.equal(other);
      expect(play.leader.engine.degraded).to.deep.equal([]);
    }));

  it('a second process without Redis takes the term, and the first one follows', () =>
    Play.perform({ instances: 1, redis: 0 }, async (play) => {
      const first = play.leader;
      play.strike({ kind: 'join' });
      await play.wait(500);
      expect(play.leader).not.to.equal(first);
      await play.wait(5000);
      expect(await play.terms()).to.equal(2);
    }));

  it('an instance that is to serve HTTP alone never leads', () =>
    Play.perform({ instances: 2, hasWeb: true }, async (play) => {
      play.strike({ kind: 'crash', target: 'leader', forMs: 8000 });
      await play.wait(7000);
      expect(play.sim.leaders).to.deep.equal([]);
      expect(play.sim.serving.map(({ engine }) => engine.notReady.length)).to.deep.equal([1]);
    }));
});
