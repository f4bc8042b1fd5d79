import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';

describe('Approaching a moment', () => {
  const approached = (monoMs: number): Promise<number> =>
    new Promise((resolve) => systemClock.approach(monoMs, () => resolve(performance.now())));

  it('ends when it is reached, and not before', async () => {
    for (let i = 0; i < 50; i++) {
      const monoMs = performance.now() + (i % 10) / 5;
      expect(await approached(monoMs)).to.be.at.least(monoMs);
    }
  });

  it('lets others have their turn, and makes no garbage of a turn for each look', async () => {
    const now = performance.now;
    let [looks, turns, isOver] = [0, 0, false];
    const other = (): void => {
      turns += 1;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    // A microsecond a look, so that nothing hangs on how fast this machine is.
    performance.now = () => ++looks / 1000;
    try {
      await approached(3);
    } finally {
      performance.now = now;
      isOver = true;
    }
    expect(turns, 'turns of others').to.be.at.least(2);
    expect(looks / turns, 'looks a turn').to.be.at.least(50);
  });

  it('does nothing when it is cancelled', async () => {
    let isCalled = false;
    // Far enough for a machine that stands still for a moment between here and there.
    const monoMs = performance.now() + 50;
    const timer = systemClock.approach(monoMs, () => {
      isCalled = true;
    });
    timer.cancel();
    await approached(monoMs + 1);
    expect(isCalled).to.equal(false);
  });
});
