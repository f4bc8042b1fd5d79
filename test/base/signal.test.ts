import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { Signal } from '../../src/base/signal.ts';

describe('signal', () => {
  it('ends a wait early', async () => {
    const signal = new Signal(systemClock);
    const waiting = signal.wait(60_000);
    signal.wake();
    await waiting;
  });

  it('counts a wake that came before the wait, once', async () => {
    const signal = new Signal(systemClock);
    signal.wake();
    await signal.wait(60_000);
    const startedMs = systemClock.monoMs();
    await signal.wait(5);
    expect(systemClock.monoMs() - startedMs).to.be.at.least(4);
  });
});
