import { expect } from 'chai';
import { TOLD_MS } from './bounds.ts';
import type { EndedSessions } from './fault.ts';
import { Play } from './play.ts';
import type { SimulatedInstance } from './simulated-instance.ts';

/** Long enough for a new leader to hold its lock, and for the others to wait for it. */
const SETTLED_MS = 1000;
const AWAY_MS = 60_000;

/** How each of those that may lead would learn of the death of the leader. */
const toldBy = (play: Play): string[] => play.sim.serving.map(({ engine }) => engine.toldBy.toldBy);

/** As a target of a fault. */
const numberOf = (play: Play, instance: SimulatedInstance | undefined): number =>
  play.sim.living.filter(({ host }) => host.isRunning).indexOf(instance as SimulatedInstance);

/** The leader crashes, and something is due while nobody leads. @returns how late it was */
async function crash(play: Play): Promise<number | null | undefined> {
  const missed = await play.stage(20);
  await play.wait(15);
  play.strike({ kind: 'crash', target: 'leader', forMs: AWAY_MS });
  await play.wait(TOLD_MS);
  const [bell] = await play.crossings(missed);
  return bell?.lateMs;
}

/** A bell each 10 ms while these sessions of the leader end. @returns how late the latest was */
async function ringThrough(play: Play, which: EndedSessions): Promise<number> {
  const stages = [];
  for (let i = 1; i <= 30; i++) stages.push(await play.stage(50 + i * 10, i * 3));
  // Of a statement or two it takes so long that they are under way.
  play.strike({ kind: 'database-slow', target: 'leader', upToMs: 30, forMs: 300 });
  await play.wait(180);
  play.strike({ kind: 'session-ended', target: 'leader', which });
  await play.wait(1000);
  const rows = (await Promise.all(stages.map((stage) => play.crossings(stage)))).flat();
  expect(rows).to.have.length(60);
  return Math.max(...rows.map(({ lateMs }) => lateMs ?? 0));
}

describe('a simulated leader that dies', () => {
  for (const { redis, leaseMs } of [
    { redis: 3, leaseMs: 1000 },
    { redis: 1, leaseMs: 60_000 },
    { redis: 0, leaseMs: 5000 },
  ]) {
    it(`is succeeded at once, and so is its successor: ${redis} Redis, a lease of ${leaseMs} ms`, () =>
      Play.perform({ redis, leaseMs }, async (play) => {
        await play.wait(SETTLED_MS);
        const before = await play.terms();
        for (const round of [1, 2]) {
          expect(await crash(play)).to.be.within(0, 100);
          expect(await play.terms()).to.equal(before + round);
          await play.wait(SETTLED_MS);
        }
      }));
  }

  it('is succeeded by whoever waits for an answer from Redis meanwhile', () =>
    Play.perform({ redis: 1 }, async (play) => {
      await play.wait(SETTLED_MS);
      // Without pulses they look at the lock, which does not answer.
      for (const target of [0, 1, 2]) play.strike({ kind: 'notifications-lost', target, share: 1, forMs: 3000 });
      play.strike({ kind: 'redis-pause', server: 'all', forMs: AWAY_MS });
      await play.wait(2500);
      expect(await crash(play)).to.be.within(0, 100);
    }));

  it('and whose lock was cut off before, in silence, is succeeded after its lease', () =>
    Play.perform({ leaseMs: 2000 }, async (play) => {
      await play.wait(SETTLED_MS);
      play.strike({ kind: 'half-open', target: 'leader', which: 'alive' });
      await play.wait(100);
      expect(await crash(play)).to.equal(undefined);
      await play.wait(2300);
      expect(await play.terms()).to.equal(2);
    }));

  it('and whose lock the server had ended unheard has taken it again before, and is succeeded at once', () =>
    Play.perform({ leaseMs: 30_000 }, async (play) => {
      await play.wait(SETTLED_MS);
      play.strike({ kind: 'half-open', target: 'leader', which: 'alive' });
      play.strike({ kind: 'session-ended', target: 'leader', which: 'alive' });
      await play.wait(SETTLED_MS);
      expect(await play.terms()).to.equal(1);
      expect(toldBy(play)).to.deep.equal(['postgres', 'postgres', 'postgres']);
      expect(await crash(play)).to.be.within(0, 100);
    }));

  it('after everybody was cut off unheard, as by a failover behind a proxy, is succeeded at once', () =>
    Play.perform({ leaseMs: 5000 }, async (play) => {
      await play.wait(SETTLED_MS);
      for (const which of ['half-open', 'session-ended'] as const)
        for (const target of [0, 1, 2]) play.strike({ kind: which, target, which: 'all' });
      await play.wait(30_000);
      expect(toldBy(play)).to.deep.equal(['postgres', 'postgres', 'postgres']);
      expect(await crash(play)).to.be.within(0, 100);
    }));

  it('and was paused: its lease counts; its session is ended, and of the next one PostgreSQL tells again', () =>
    Play.perform({}, async (play) => {
      await play.wait(SETTLED_MS);
      const paused = play.leader;
      play.strike({ kind: 'pause', target: 'leader', forMs: 8000 });
      const during = await play.stage(20);
      await play.wait(TOLD_MS);
      expect(await play.crossings(during)).to.deep.equal([]);
      await play.wait(4500);
      expect((await play.crossings(during))[0]?.lateMs).to.be.within(TOLD_MS, 1100);
      const next = play.sim.leaders.find((leader) => leader !== paused);
      expect(next?.engine.toldBy.toldBy).to.equal('postgres');
      expect(next?.engine.degraded).to.deep.equal([]);
      const missed = await play.stage(20);
      await play.wait(15);
      play.strike({ kind: 'crash', target: numberOf(play, next), forMs: AWAY_MS });
      await play.wait(TOLD_MS);
      expect((await play.crossings(missed))[0]?.lateMs).to.be.within(0, 100);
      await play.wait(5000);
      expect(await play.terms()).to.equal(3);
      expect(paused.engine.role).to.equal('follower');
    }));
});

describe('a simulated leader that lives, and', () => {
  for (const redis of [3, 0]) {
    it(`has only lost the session which tells of it keeps its term, and holds the lock again: ${redis} Redis`, () =>
      Play.perform({ redis, leaseMs: 5000 }, async (play) => {
        await play.wait(SETTLED_MS);
        const { leader } = play;
        const terms = await play.terms();
        expect(await ringThrough(play, 'alive')).to.be.below(100);
        expect(await play.terms()).to.equal(terms);
        expect(play.leader).to.equal(leader);
        expect(toldBy(play)).to.deep.equal(['postgres', 'postgres', 'postgres']);
        expect(leader.engine.degraded).to.deep.equal([]);
        expect(await crash(play)).to.be.within(0, 100);
      }));

    for (const which of ['lead+alive', 'all'] as const) {
      it(`has lost ${which} of its sessions, and is taken for dead: one change of term at most, ${redis} Redis`, () =>
        Play.perform({ redis, leaseMs: 5000 }, async (play) => {
          await play.wait(SETTLED_MS);
          const terms = await play.terms();
          expect(await ringThrough(play, which)).to.be.below(TOLD_MS);
          await play.wait(20_000);
          expect(await play.terms()).to.be.within(terms, terms + 1);
          expect(play.sim.leaders).to.have.length(1);
          expect(toldBy(play)).to.deep.equal(['postgres', 'postgres', 'postgres']);
        }));
    }
  }

  it('whose session is ended again and again keeps its term, and says so until it is left alone', () =>
    Play.perform({ leaseMs: 30_000 }, async (play) => {
      await play.wait(SETTLED_MS);
      for (let i = 0; i < 60; i++) {
        play.strike({ kind: 'session-ended', target: 'leader', which: 'alive' });
        await play.wait(1000);
      }
      expect(await play.terms()).to.equal(1);
      expect(play.leader.engine.degraded).to.deep.equal(['succession']);
      await play.wait(12 * 60_000);
      expect(play.leader.engine.degraded).to.deep.equal([]);
      expect(toldBy(play)).to.deep.equal(['postgres', 'postgres', 'postgres']);
    }));

  it('whose followers lose the sessions in which they wait is told of all the same', () =>
    Play.perform({}, async (play) => {
      await play.wait(SETTLED_MS);
      for (const target of [0, 1, 2]) play.strike({ kind: 'session-ended', target, which: 'alive' });
      await play.wait(SETTLED_MS);
      expect(await play.terms()).to.equal(1);
      expect(toldBy(play)).to.deep.equal(['postgres', 'postgres', 'postgres']);
      expect(await crash(play)).to.be.within(0, 100);
    }));
});

describe('a simulated PostgreSQL that restarts under three instances', () => {
  for (const { redis, forMs } of [
    { redis: 3, forMs: 300 },
    { redis: 3, forMs: 6000 },
    { redis: 0, forMs: 6000 },
  ]) {
    it(`after ${forMs} ms, with ${redis} Redis: one leads within half a second, and at most once another`, () =>
      Play.perform({ redis }, async (play) => {
        await play.wait(SETTLED_MS);
        const terms = await play.terms();
        play.strike({ kind: 'database-down', forMs });
        await play.wait(forMs);
        const soon = await play.stage(500);
        await play.wait(500);
        expect(play.sim.leaders).to.have.length(1);
        // Ears take their time, and hear of the lock with the next heartbeat.
        await play.wait(3 * SETTLED_MS);
        expect((await play.crossings(soon))[0]?.lateMs).to.be.below(20);
        expect(await play.terms()).to.be.within(terms, terms + 1);
        expect(toldBy(play)).to.deep.equal(['postgres', 'postgres', 'postgres']);
        expect(await crash(play)).to.be.within(0, 100);
      }));
  }
});
