import { expect } from 'chai';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { RemoteClock } from '../../src/base/remote-clock.ts';
import { Approach } from '../../src/scheduler/approach.ts';

/** The clock is the test's: what is approached is reached when the test says so. */
describe('approach', () => {
  let monoMs: number;
  /** What the clock is being looked at for. */
  let looks: { atMs: number; callback: () => void }[];
  let reached: number[];
  let approach: Approach;
  const clock: Clock = {
    ...systemClock,
    monoMs: () => monoMs,
    approach(atMs, callback) {
      const look = { atMs, callback };
      if (atMs <= monoMs) callback();
      else looks.push(look);
      return {
        cancel: () => {
          looks = looks.filter((other) => other !== look);
        },
      };
    },
  };
  const until = (atMs: number): void => {
    monoMs = atMs;
    const due = looks.filter((look) => look.atMs <= monoMs);
    looks = looks.filter((look) => look.atMs > monoMs);
    for (const { callback } of due) callback();
  };
  const approached = (): number[] => looks.map(({ atMs }) => atMs);

  beforeEach(() => {
    monoMs = 0;
    looks = [];
    reached = [];
    const database = new RemoteClock(clock);
    database.add({ remoteMs: 0, sentMs: 0, receivedMs: 0 });
    approach = new Approach(clock, database, (atMs) => reached.push(atMs));
  });

  it('approaches one instant at a time, the soonest, in whatever order they came', () => {
    for (const atMs of [3, 1, 2]) approach.add(atMs);
    expect(approached()).to.deep.equal([1]);
    until(1);
    expect([reached, approached()]).to.deep.equal([[1], [2]]);
    until(3);
    expect([reached, approached()]).to.deep.equal([[1, 2, 3], []]);
    until(100);
    expect(reached).to.deep.equal([1, 2, 3]);
  });

  it('does nothing while it is held, and then reaches in order what has passed', () => {
    for (const atMs of [1, 2, 5]) approach.add(atMs);
    approach.hold();
    expect(approached()).to.deep.equal([]);
    approach.add(3);
    until(4);
    expect([reached, approached()]).to.deep.equal([[], []]);
    approach.release();
    expect([reached, approached()]).to.deep.equal([[1, 2, 3], [5]]);
  });

  it('is held by what it rings: the next one waits for that', () => {
    const database = new RemoteClock(clock);
    database.add({ remoteMs: 0, sentMs: 0, receivedMs: 0 });
    approach = new Approach(clock, database, (atMs) => {
      reached.push(atMs);
      approach.hold();
    });
    for (const atMs of [1, 2]) approach.add(atMs);
    until(3);
    expect([reached, approached()]).to.deep.equal([[1], []]);
    approach.release();
    expect(reached).to.deep.equal([1, 2]);
  });

  it('goes on to the next when the one that it approaches is deleted', () => {
    for (const atMs of [1, 2]) approach.add(atMs);
    approach.delete(1);
    expect([approach.has(1), approach.has(2), approached()]).to.deep.equal([false, true, [2]]);
    approach.delete(2);
    until(3);
    expect([reached, approached()]).to.deep.equal([[], []]);
  });
});
