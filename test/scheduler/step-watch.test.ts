import { install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { StepWatch } from '../../src/scheduler/step-watch.ts';

describe('step watch', () => {
  let time: ReturnType<typeof install>;
  let steps: number[];
  let watch: StepWatch;

  beforeEach(() => {
    time = install({ now: Date.parse('2026-11-23T09:00:00Z') });
    steps = [];
    watch = new StepWatch(systemClock, (stepMs) => steps.push(Math.round(stepMs)));
  });
  afterEach(() => {
    watch.stop();
    time.uninstall();
  });

  it('is silent while the clock runs evenly', () => {
    time.tick(3_600_000);
    expect(steps).to.deep.equal([]);
  });

  it('sees a step forward and a step back, once each', () => {
    time.setSystemTime(Date.now() + 600_000);
    time.tick(5000);
    time.setSystemTime(Date.now() - 90_000);
    time.tick(5000);
    expect(steps).to.deep.equal([600_000, -90_000]);
  });

  it('is silent after stop', () => {
    watch.stop();
    time.setSystemTime(Date.now() + 600_000);
    time.tick(5000);
    expect(steps).to.deep.equal([]);
  });
});
