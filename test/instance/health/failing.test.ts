import { expect } from 'chai';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { Health } from '../../../src/base/health.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Failing } from '../../../src/instance/health/failing.ts';

describe('work of the leader that fails', () => {
  let nowMs = 0;
  const clock: Clock = { ...systemClock, monoMs: () => nowMs, wallMs: () => nowMs };
  let health: Health;
  let failing: Failing;
  beforeEach(() => {
    health = new Health(clock, silentLog);
    failing = new Failing(clock, health);
  });
  const failFor = (ms: number): void => {
    failing.tried('plan', new Error('no such thing'));
    nowMs += ms;
    failing.tried('plan', new Error('no such thing'));
  };

  it('is reported with its error until it succeeds', () => {
    failFor(1000);
    expect(health.troubles.map(({ part, detail }) => [part, detail])).to.deep.equal([['plan', 'no such thing']]);
    failing.tried('plan', null);
    expect(health.degraded).to.deep.equal([]);
  });

  it('is not reported if it is over in a moment, or if another trouble says why', () => {
    failFor(999);
    expect(health.degraded).to.deep.equal([]);
    health.note('read_only', { cause: 'x', cure: 'y' });
    failFor(2000);
    expect(health.degraded).to.deep.equal(['read_only']);
  });
});
