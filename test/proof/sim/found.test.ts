import { expect } from 'chai';
import { Play } from './play.ts';

/** Faults of the service that the simulation has found, told as small as they get. */
describe('found by simulation', () => {
  it('a leader that missed a pulse while its ears were made anew trusts them again', () =>
    Play.perform({ instances: 1, redis: 1 }, async (play) => {
      await play.wait(1500);
      // Down at the heartbeat, and up for its next try: the pulse comes before the ears are back.
      play.strike({ kind: 'database-down', forMs: 400 });
      await play.wait(10_000);
      const before = play.sim.world.trace.toString();
      await play.wait(10_000);
      const during = play.sim.world.trace.toString().slice(before.length);
      expect(during.match(/log deaf/g)?.length ?? 0, 'ears given up in ten quiet seconds').to.equal(0);
    }));

  it('a leader that lost its term to silent connections leads again without waiting for the time-outs of them all', () =>
    Play.perform({ instances: 1, redis: 0 }, async (play) => {
      // One to be rung, and something to be planned.
      const bell = await play.stage(500);
      await play.wait(100);
      play.strike({ kind: 'half-open', target: 'leader', which: 'all' });
      const missed = await play.stage(1500);
      await play.wait(1200);
      await play.stage(20_000);
      await play.wait(20_000);
      expect((await play.crossings(bell))[0]?.lateMs).to.be.below(5000);
      expect((await play.crossings(missed))[0]?.lateMs).to.be.below(5000);
    }));

  it('a follower that could not ask Redis once does not call it away for ever', () =>
    Play.perform({ instances: 3, redis: 1 }, async (play) => {
      const follower = play.sim.living.findLast(({ engine }) => engine.role === 'follower');
      const target = play.sim.living.filter((other) => other.engine.role === 'follower').length - 1;
      play.strike({ kind: 'crash', target: 'leader', forMs: 20_000 });
      // It is another one that is told.
      play.strike({ kind: 'session-ended', target, which: 'alive' });
      // Its commands time out while another one is elected; its connection outlives that.
      play.strike({ kind: 'redis-cut', target, server: 'all', forMs: 1600 });
      await play.wait(20_000);
      expect(follower?.engine.role).to.equal('follower');
      expect(follower?.engine.degraded).to.deep.equal([]);
    }));

  it('what is written into a full notification queue is looked for, also where it is free by the next heartbeat', () =>
    Play.perform({}, async (play) => {
      // At any moment between two heartbeats.
      for (let i = 0; i < 10; i++) {
        play.strike({ kind: 'queue-full', how: 'full', forMs: 2000 + i * 100 });
        await play.wait(1750 + i * 100);
        const unsaid = [];
        for (let each = 0; each < 10; each++) {
          unsaid.push(await play.stage(600));
          await play.wait(20);
        }
        await play.wait(2000);
        const late = (await Promise.all(unsaid.map((stage) => play.crossings(stage)))).map(([bell]) => bell?.lateMs);
        for (const lateMs of late) expect(lateMs, `in round ${i}`).to.be.below(5);
      }
    }));

  it('a leader that loses its lock while it learns that its term is over misses no lock as a follower', () =>
    Play.perform({ instances: 2, redis: 0 }, async (play) => {
      await play.wait(1000);
      const old = play.leader;
      const endLock = () =>
        play.strike({ kind: 'session-ended', target: play.sim.living.indexOf(old), which: 'alive' });
      play.strike({ kind: 'pause', target: 'leader', forMs: 4500 });
      await play.wait(4400);
      // It wakes up, and its heartbeat has to wait.
      play.strike({ kind: 'table-locked', forMs: 500 });
      await play.wait(300);
      endLock();
      await play.wait(4000);
      expect(old.engine.role).to.equal('follower');
      // So that it waits for the lock once more.
      endLock();
      await play.wait(2000);
      expect(old.engine.degraded).to.deep.equal([]);
    }));

  it('three Redis servers that answer are never called away', () =>
    Play.perform({ instances: 1 }, async (play) => {
      await play.wait(3000);
      expect(play.sim.world.trace.toString()).not.to.contain('degraded_on');
    }));
});
