import { expect } from 'chai';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { RemoteClock } from '../../src/base/remote-clock.ts';

describe('remote clock', () => {
  let monoMs = 0;
  const clock: Clock = { ...systemClock, monoMs: () => monoMs, wallMs: () => 1_000_000 + monoMs };
  const remote = (): RemoteClock => new RemoteClock(clock);
  /** A sample whose answer says that the remote clock is `offsetMs` from our monotonic one. */
  const sample = (offsetMs: number, roundTripMs: number) => ({
    remoteMs: monoMs + roundTripMs / 2 + offsetMs,
    sentMs: monoMs,
    receivedMs: monoMs + roundTripMs,
  });

  beforeEach(() => {
    monoMs = 0;
  });

  it('tells the time elsewhere, and how far ahead of our wall clock that is', () => {
    const there = remote();
    expect(there.aheadMs).to.equal(0);
    there.add(sample(1_000_250, 1));
    monoMs = 500;
    expect(there.nowMs).to.equal(1_000_750);
    expect(there.aheadMs).to.equal(250);
  });

  it('keeps the sample with the shortest round trip', () => {
    const there = remote();
    there.add(sample(5, 20));
    there.add(sample(1, 1));
    there.add(sample(9, 30));
    expect(there.nowMs).to.equal(1);
  });

  it('believes a slow sample that contradicts the best one: a clock has moved', () => {
    const there = remote();
    there.add(sample(0, 1));
    there.add(sample(100, 40));
    expect(there.nowMs).to.equal(100);
  });

  it('lets an old sample age, so that slow drift is followed', () => {
    const there = remote();
    there.add(sample(0, 1));
    monoMs = 60_000;
    there.add(sample(3, 6));
    expect(there.nowMs).to.equal(monoMs + 3);
  });

  it('is not made to doubt a good sample by many poor ones', () => {
    const there = remote();
    there.add(sample(0, 1));
    for (let i = 0; i < 200; i++) there.add(sample(2, 6));
    expect(there.nowMs).to.equal(0);
  });
});
