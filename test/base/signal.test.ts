import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { Signal } from '../../src/base/signal.ts';

describe('signal', () => {
  it('ends a wait early', async () => {
    const signal = new Signal(systemClock);
    const waiting = signal.wait(60_000);
    signal.wake();
    expect(await waiting, 'woken').to.equal(true);
  });

  it('counts a wake that came before the wait, once', async () => {
    const signal = new Signal(systemClock);
    signal.wake();
    await signal.wait(60_000);
    const startedMs = systemClock.monoMs();
    expect(await signal.wait(5), 'woken').to.equal(false);
    expect(systemClock.monoMs() - startedMs).to.be.at.least(4);
  });
});
