import { install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { RemoteClock } from '../../src/base/remote-clock.ts';
import { TimerTable } from '../../src/scheduler/timer-table.ts';

/** node-schedule is the real one; only the host's time is fake, so that a term takes no time. */
describe('timer table', () => {
  const T0 = Date.parse('2026-11-23T09:00:00.000Z');
  let time: ReturnType<typeof install>;
  let due: number[];
  let timers: TimerTable;
  let database: RemoteClock;
  /** The database turns out to be this far ahead of this host's wall clock. */
  const isAhead = (ms: number) => {
    const now = systemClock.monoMs();
    database.add({ remoteMs: Date.now() + ms, sentMs: now, receivedMs: now });
  };

  beforeEach(() => {
    time = install({ now: T0 });
    due = [];
    database = new RemoteClock(systemClock);
    isAhead(0);
    timers = new TimerTable(systemClock, database, { ring: (atMs) => due.push(atMs) });
  });
  afterEach(() => {
    timers.clear();
    time.uninstall();
  });

  it('fires once, at its instant', async () => {
    expect(timers.arm(T0 + 500)).to.equal(true);
    await time.tickAsync(499);
    expect(due).to.deep.equal([]);
    await time.tickAsync(1);
    expect(due).to.deep.equal([T0 + 500]);
    await time.tickAsync(100_000);
    expect(due).to.deep.equal([T0 + 500]);
    expect(timers.size).to.equal(0);
  });

  it('goes by how far away the database says it is, not by the wall clock of this host', async () => {
    // This host is an hour ahead of the database.
    isAhead(-3_600_000);
    timers.arm(T0 - 3_600_000 + 200);
    await time.tickAsync(200);
    expect(due).to.deep.equal([T0 - 3_600_000 + 200]);
  });

  it('says that an instant is due instead of arming it; node-schedule would never run it', () => {
    expect(timers.arm(T0)).to.equal(false);
    expect(timers.arm(T0 - 10)).to.equal(false);
    expect(timers.arm(Number.NaN)).to.equal(false);
    expect(timers.arm(Number.POSITIVE_INFINITY)).to.equal(false);
    expect(timers.size).to.equal(0);
  });

  it('does not fire what was disarmed', async () => {
    timers.arm(T0 + 100);
    timers.disarm(T0 + 100);
    await time.tickAsync(1000);
    expect(due).to.deep.equal([]);
  });

  it('does not fire what was disarmed in its last millisecond, in which it has no timer any more', async () => {
    timers.arm(T0 + 100);
    await time.tickAsync(99);
    timers.disarm(T0 + 100);
    await time.tickAsync(1000);
    expect(due).to.deep.equal([]);
  });

  it('does not ring for what was disarmed when a step back of the wall clock makes node-schedule fire it', async () => {
    timers.arm(T0 + 1000);
    time.setSystemTime(T0 - 5000);
    // Its timer finds that it is too soon and sets another one, which it does not know how to cancel.
    await time.tickAsync(1000);
    timers.disarm(T0 + 1000);
    // By the database's clock it is still to come, so that nothing else speaks against arming it.
    isAhead(-60_000);
    await time.tickAsync(20_000);
    expect([due, timers.size]).to.deep.equal([[], 0]);
  });

  it('arms an instant again without firing it twice', async () => {
    timers.arm(T0 + 100);
    isAhead(-200);
    timers.arm(T0 + 100);
    await time.tickAsync(1000);
    expect(due).to.deep.equal([T0 + 100]);
  });

  it('fires far instants, beyond what one setTimeout can wait for', async () => {
    const inMs = 60 * 86_400_000;
    timers.arm(T0 + inMs);
    await time.tickAsync(inMs - 1);
    expect(due).to.deep.equal([]);
    await time.tickAsync(1);
    expect(due).to.deep.equal([T0 + inMs]);
  });

  it('keeps the earliest when there are too many', () => {
    for (let i = 10; i > 0; i--) timers.arm(T0 + i * 1000);
    expect(timers.trim(4)).to.equal(true);
    expect(timers.bounds).to.deep.equal({ nextMs: T0 + 1000, lastMs: T0 + 4000 });
    expect(timers.trim(4)).to.equal(false);
  });

  it('fires every instant when there are more than one-shots, in whatever order they came', async () => {
    const offsets = Array.from({ length: 2000 }, (_, i) => ((i * 7919) % 2000) * 10 + 1000);
    for (const offset of offsets) timers.arm(T0 + offset);
    expect(timers.size).to.equal(2000);
    expect(timers.bounds).to.deep.equal({ nextMs: T0 + 1000, lastMs: T0 + 20_990 });
    for (const offset of [1500, 20_000]) timers.disarm(T0 + offset);
    expect(timers.trim(1900)).to.equal(true);
    await time.tickAsync(1000);
    // One that comes late and is the soonest of all.
    timers.arm(T0 + 1005);
    await time.tickAsync(30_000);
    const kept = offsets
      .filter((offset) => offset !== 1500 && offset !== 20_000)
      .sort((a, b) => a - b)
      .slice(0, 1900);
    expect(due).to.deep.equal([...kept, 1005].sort((a, b) => a - b).map((offset) => T0 + offset));
    expect(timers.size).to.equal(0);
  });

  it('moves the near timers when the clocks have drifted apart, and leaves far ones alone', async () => {
    timers.arm(T0 + 1000);
    timers.arm(T0 + 100_000);
    // The database turns out to be 200 ms ahead of us: its 09:00:01.000 is our 09:00:00.800.
    isAhead(200);
    timers.realign(10_000);
    await time.tickAsync(800);
    expect(due).to.deep.equal([T0 + 1000]);
    await time.tickAsync(99_200);
    expect(due).to.deep.equal([T0 + 1000, T0 + 100_000]);
  });

  it('moves them too when this host and the database step together, which their difference does not show', async () => {
    timers.arm(T0 + 2000);
    time.setSystemTime(T0 + 1000);
    isAhead(0);
    timers.realign(10_000);
    await time.tickAsync(999);
    expect(due).to.deep.equal([]);
    await time.tickAsync(1);
    expect(due).to.deep.equal([T0 + 2000]);
  });

  it('moves a timer that a poor sample had set too close to its instant', async () => {
    timers.arm(T0 + 1000);
    isAhead(1);
    timers.realign(10_000);
    // Set for a whole millisecond before the instant: that much may yet turn out, and it is still in time.
    isAhead(2);
    await time.tickAsync(998);
    expect(due).to.deep.equal([T0 + 1000]);
  });

  it('rings nothing while a statement is under way, and all that has passed when it has ended', async () => {
    for (const offset of [100, 101, 105, 500]) timers.arm(T0 + offset);
    await time.tickAsync(99);
    timers.hold();
    await time.tickAsync(4);
    // An edit that touches it meanwhile arms nothing twice.
    expect(timers.arm(T0 + 105)).to.equal(true);
    expect([due, timers.size]).to.deep.equal([[], 4]);
    timers.release();
    expect(due).to.deep.equal([T0 + 100, T0 + 101]);
    await time.tickAsync(1000);
    expect(due).to.deep.equal([T0 + 100, T0 + 101, T0 + 105, T0 + 500]);
  });

  it('arms again what it was approaching when the clock of the database is set back', async () => {
    timers.arm(T0 + 100);
    await time.tickAsync(99);
    isAhead(-60_000);
    timers.realign(100_000);
    await time.tickAsync(1000);
    expect([due, timers.size]).to.deep.equal([[], 1]);
    await time.tickAsync(59_001);
    expect(due).to.deep.equal([T0 + 100]);
  });

  it('rings at once what drift has made due', () => {
    timers.arm(T0 + 100);
    isAhead(500);
    timers.realign(10_000);
    expect(due).to.deep.equal([T0 + 100]);
  });
});
