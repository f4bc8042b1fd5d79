import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { Health } from '../../../src/base/health.ts';
import { silentLog } from '../../../src/base/log.ts';
import { ClockWatch } from '../../../src/instance/health/clock-watch.ts';

describe('What heartbeats also show', () => {
  const health = new Health(systemClock, silentLog);
  const watch = new ClockWatch(health);
  const trips = (...all: number[]) => {
    for (const ms of all) watch.trip({ sentMs: 0, receivedMs: ms });
  };

  it("is whether this host's clock is right", () => {
    watch.offset(999);
    expect(health.degraded).to.deep.equal([]);
    watch.offset(-600_000);
    expect(health.degraded).to.deep.equal(['clock']);
    watch.offset(3);
    expect(health.degraded).to.deep.equal([]);
  });

  it('is that the database is far away, after five slow heartbeats', () => {
    trips(2, 900, 900, 900, 900);
    expect(health.degraded, 'a busy moment').to.deep.equal([]);
    trips(200);
    expect(health.degraded).to.deep.equal(['latency']);
    trips(40);
    expect(health.degraded, 'not well yet').to.deep.equal(['latency']);
    trips(3);
    expect(health.degraded).to.deep.equal([]);
  });
});
