import { expect } from 'chai';
import type { Fault } from './fault.ts';
import { Play } from './play.ts';

/** How late the bells of a fault may be: those that fall into it, and those that come a while after it. */
interface Case {
  title: string;
  fault: Fault;
  /** Bells of the first seconds, milliseconds late at most. */
  withinMs: number;
}

const target = 'leader';
const forMs = 2500;
const CASES: Case[] = [
  { title: 'nothing at all', fault: { kind: 'step-wall', target, byMs: 0 }, withinMs: 5 },
  { title: 'a wall clock that steps forward', fault: { kind: 'step-wall', target, byMs: 90_000 }, withinMs: 5 },
  { title: 'a wall clock that steps back', fault: { kind: 'step-wall', target, byMs: -90_000 }, withinMs: 1010 },
  { title: 'a database clock that steps back', fault: { kind: 'step-database', byMs: -700 }, withinMs: 10 },
  { title: 'a host that sleeps', fault: { kind: 'suspend', target, forMs }, withinMs: forMs + 10 },
  { title: 'an event loop that is blocked', fault: { kind: 'pause', target, forMs: 600 }, withinMs: 610 },
  {
    title: 'errors instead of statements',
    fault: { kind: 'database-errors', target, when: 'before', share: 0.5, forMs },
    withinMs: 1500,
  },
  {
    title: 'errors after the commit',
    fault: { kind: 'database-errors', target, when: 'after', share: 0.5, forMs },
    withinMs: 1500,
  },
  { title: 'slow statements', fault: { kind: 'database-slow', target, upToMs: 300, forMs }, withinMs: 1000 },
  { title: 'broken connections', fault: { kind: 'database-broken', target }, withinMs: 20 },
  { title: 'a database that restarts', fault: { kind: 'database-down', forMs }, withinMs: forMs + 1500 },
  {
    title: 'notifications that come late',
    fault: { kind: 'notifications-late', target, upToMs: 400, forMs },
    withinMs: 410,
  },
  {
    title: 'notifications that never come',
    fault: { kind: 'notifications-lost', target, share: 1, forMs },
    withinMs: 2200,
  },
  { title: 'ears that look alive', fault: { kind: 'half-open', target, which: 'ears' }, withinMs: 2200 },
  { title: 'one Redis of three down', fault: { kind: 'redis-down', server: 0, forMs }, withinMs: 5 },
  { title: 'every Redis down', fault: { kind: 'redis-down', server: 'all', forMs }, withinMs: 5 },
  { title: 'every Redis silent', fault: { kind: 'redis-pause', server: 'all', forMs }, withinMs: 5 },
  { title: 'Redis servers that have forgotten everything', fault: { kind: 'redis-flush', server: 'all' }, withinMs: 5 },
  {
    title: 'Redis servers that have forgotten the scripts',
    fault: { kind: 'redis-script-flush', server: 'all' },
    withinMs: 5,
  },
  {
    title: 'Redis servers that refuse writes',
    fault: { kind: 'redis-refuses', server: 'all', what: 'writes', forMs },
    withinMs: 5,
  },
  {
    title: 'Redis servers that refuse scripts',
    fault: { kind: 'redis-refuses', server: 'all', what: 'scripts', forMs },
    withinMs: 5,
  },
  {
    title: 'a notification queue that is full',
    fault: { kind: 'queue-full', how: 'full', forMs },
    // Found out with a heartbeat.
    withinMs: 1300,
  },
  {
    title: 'a notification queue that overflows at the commit',
    fault: { kind: 'queue-full', how: 'overflowing', forMs: 90 },
    withinMs: 5,
  },
  {
    title: 'connections for each instance and none more, after all were ended',
    fault: { kind: 'few-connections', room: 21, forMs },
    withinMs: 30,
  },
  {
    title: 'connections for two instances of three',
    fault: { kind: 'few-connections', room: 16, forMs },
    withinMs: 3000,
  },
  { title: 'no connections', fault: { kind: 'few-connections', room: 0, forMs }, withinMs: forMs + 2000 },
  { title: 'a table that is locked', fault: { kind: 'table-locked', forMs }, withinMs: forMs + 100 },
  { title: 'an old snapshot', fault: { kind: 'old-snapshot', walkMs: 400, forMs }, withinMs: 5 },
  { title: 'an old snapshot of millions', fault: { kind: 'old-snapshot', walkMs: 700, forMs }, withinMs: 5 },
  { title: 'a half with another Redis', fault: { kind: 'redis-other', target: 1, forMs }, withinMs: 15 },
  {
    title: 'a leader that goes, and one with another Redis',
    fault: { kind: 'redis-other', target, forMs },
    withinMs: 15,
  },
  { title: 'no way to Redis', fault: { kind: 'redis-cut', target, server: 'all', forMs }, withinMs: 1010 },
  { title: 'a deployment', fault: { kind: 'hand-over', target, isSuccessorFirst: true, forMs: 100 }, withinMs: 15 },
  { title: 'a crash', fault: { kind: 'crash', target, forMs }, withinMs: 20 },
  { title: 'a lock that was ended', fault: { kind: 'session-ended', target, which: 'alive' }, withinMs: 5 },
  { title: 'sessions that were ended', fault: { kind: 'session-ended', target, which: 'lead+alive' }, withinMs: 20 },
];

describe('a simulated day with', () => {
  for (const { title, fault, withinMs } of CASES) {
    it(`${title}: bells at most ${withinMs} ms late, soon none`, () =>
      Play.perform({}, async (play) => {
        const planned = [await play.stage(300, 250), await play.stage(1100, 700)];
        await play.wait(50);
        play.strike(fault);
        // Heard by nobody, perhaps.
        await play.wait(100);
        planned.push(await play.stage(400, 900, 2));
        await play.wait(8000);
        const rows = (await Promise.all(planned.map((stage) => play.crossings(stage)))).flat();
        expect(rows).to.have.length(6);
        for (const { lateMs } of rows) expect(lateMs).to.be.within(0, withinMs);
        const later = await play.stage(500);
        await play.wait(600);
        const [bell] = await play.crossings(later);
        expect(bell?.cause).to.equal('timer');
        expect(bell?.lateMs).to.be.below(5);
      }));
  }

  for (const when of ['before', 'after'] as const) {
    it(`a crash at any of twenty calls, ${when} it takes effect: each boundary once, all of them`, async () => {
      for (let calls = 1; calls <= 20; calls++) {
        await Play.perform({ instances: 2, redis: 1, seed: calls }, async (play) => {
          const stages = [await play.stage(50, 20), await play.stage(70, 100)];
          play.strike({ kind: 'crash-at-call', target, calls, when, forMs: 3000 });
          await play.wait(4500);
          for (const stage of stages) expect(await play.crossings(stage)).to.have.length(2);
        });
      }
    });
  }

  it('one notification lost, which nobody misses: the net finds what was to be armed (BullMQ #1658)', () =>
    Play.perform({}, async (play) => {
      play.strike({ kind: 'notifications-lost', target, share: 1, forMs: 20 });
      const unheard = await play.stage(500);
      await play.wait(3000);
      const [start] = await play.crossings(unheard);
      expect(start?.cause).to.equal('sweep');
      expect(start?.lateMs).to.be.within(1000, 2100);
    }));

  it('edits while the ears were deaf: read as soon as they hear again (BullMQ #2466)', () =>
    Play.perform({}, async (play) => {
      play.strike({ kind: 'database-broken', target });
      const unheard = await play.stage(500);
      await play.wait(700);
      expect((await play.crossings(unheard))[0]).to.include({ cause: 'timer' });
    }));

  it('a statement that hangs: the loop lives on, and so does the term (River #1251, Quartz #1516)', () =>
    Play.perform({ instances: 1, redis: 0 }, async (play) => {
      play.strike({ kind: 'database-slow', target, upToMs: 450, forMs: 5000 });
      const stage = await play.stage(1000, 2000);
      await play.wait(6000);
      expect(await play.crossings(stage)).to.have.length(2);
      expect(await play.terms()).to.equal(1);
    }));

  it('an edit whose answer is an error after its commit: it holds, and is heard', () =>
    Play.perform({}, async (play) => {
      const stage = await play.stage(500);
      await play.wait(50);
      await play.edit({ kind: 'shift', stage: 0, byMs: 1000 }, 1, 'error-after');
      await play.wait(1000);
      expect(await play.crossings(stage)).to.deep.equal([]);
      await play.wait(500);
      expect(await play.crossings(stage)).to.have.length(1);
    }));

  it('more instants than the horizon holds: each in time', () =>
    Play.perform({ horizon: 2 }, async (play) => {
      const stages = [];
      for (let i = 1; i <= 12; i++) stages.push(await play.stage(i * 100));
      await play.wait(1500);
      const rows = (await Promise.all(stages.map((stage) => play.crossings(stage)))).flat();
      expect(rows).to.have.length(12);
      for (const { lateMs } of rows) expect(lateMs).to.be.below(10);
    }));
});
