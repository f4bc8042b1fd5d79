import { expect } from 'chai';
import { ClockOffset } from '../../src/base/clock-offset.ts';

describe('clock offset', () => {
  it('keeps the sample with the shortest round trip', () => {
    const offset = new ClockOffset();
    offset.add({ remoteMs: 1005, wallMs: 1000, roundTripMs: 20 });
    offset.add({ remoteMs: 2001, wallMs: 2000, roundTripMs: 1 });
    offset.add({ remoteMs: 3009, wallMs: 3000, roundTripMs: 30 });
    expect(offset.offsetMs).to.equal(1);
    expect(offset.uncertaintyMs).to.be.closeTo(0.55, 0.001);
  });

  it('believes a slow sample that contradicts the best one: a clock has moved', () => {
    const offset = new ClockOffset();
    offset.add({ remoteMs: 1000, wallMs: 1000, roundTripMs: 1 });
    offset.add({ remoteMs: 2100, wallMs: 2000, roundTripMs: 40 });
    expect(offset.offsetMs).to.equal(100);
  });

  it('lets an old sample age, so that slow drift is followed', () => {
    const offset = new ClockOffset();
    offset.add({ remoteMs: 0, wallMs: 0, roundTripMs: 1 });
    for (let i = 1; i <= 200; i++) offset.add({ remoteMs: i * 1000 + 3, wallMs: i * 1000, roundTripMs: 6 });
    expect(offset.offsetMs).to.equal(3);
  });
});
