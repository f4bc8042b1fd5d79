import { expect } from 'chai';
import { fault, type RecordedCrossing, type Written } from './stage-model.ts';

const never = (): boolean => false;
const always = (): boolean => true;
const write = (atMs: number, startMs: number | null, endMs: number | null = null): Written => ({
  atMs,
  dates: { startMs, endMs },
});
const started = (dueMs: number, occurredMs: number): RecordedCrossing => ({
  from: 'pending',
  to: 'active',
  dueMs,
  occurredMs,
});
const ended = (dueMs: number, occurredMs: number): RecordedCrossing => ({
  from: 'active',
  to: 'completed',
  dueMs,
  occurredMs,
});
const back = (from: 'active' | 'completed', to: 'pending' | 'active', occurredMs: number): RecordedCrossing => ({
  from,
  to,
  dueMs: null,
  occurredMs,
});

describe('the pure model', () => {
  it('allows both boundaries in order, however late where they may wait', () => {
    expect(fault([write(0, 10, 20)], [started(10, 10), ended(20, 21)], 100, never)).to.equal(null);
    expect(fault([write(0, 10, 20)], [started(10, 90), ended(20, 90)], 100, always)).to.equal(null);
    expect(fault([write(0, 10, 20)], [], 100, always)).to.equal(null);
  });

  it('refuses what is early, twice, out of order, missing or made up', () => {
    const one = [write(0, 10, 20)];
    expect(fault(one, [started(10, 9), ended(20, 20)], 100, never)).not.to.equal(null);
    expect(fault(one, [started(10, 10), started(10, 10), ended(20, 20)], 100, never)).not.to.equal(null);
    expect(fault(one, [ended(20, 20), started(10, 10)], 100, never)).not.to.equal(null);
    expect(fault(one, [started(10, 10)], 100, never)).not.to.equal(null);
    expect(fault(one, [started(11, 11), ended(20, 20)], 100, never)).not.to.equal(null);
    expect(fault([], [started(10, 10)], 100, always)).not.to.equal(null);
  });

  it('lets an edit win: nothing on the old instant after it', () => {
    const moved = [write(0, 10), write(5, 30)];
    expect(fault(moved, [started(30, 30)], 100, never)).to.equal(null);
    expect(fault(moved, [started(10, 11), started(30, 30)], 100, always)).not.to.equal(null);
  });

  it('knows that a boundary was crossed before it was moved, or was not', () => {
    const moved = [write(0, 10), write(11, 30)];
    expect(fault(moved, [started(10, 10), back('active', 'pending', 11), started(30, 30)], 100, always)).to.equal(null);
    expect(fault(moved, [started(30, 30)], 100, always)).to.equal(null);
    expect(fault(moved, [started(30, 30)], 100, never)).not.to.equal(null);
  });

  it('reopens what is extended, in one step that crosses no boundary', () => {
    const extended = [write(0, -20, -10), write(50, -20, 60)];
    const rows = [started(-20, 0), ended(-10, 0), back('completed', 'active', 50), ended(60, 61)];
    expect(fault(extended, rows, 100, never)).to.equal(null);
    expect(fault(extended, rows.toSpliced(2, 1), 100, always)).not.to.equal(null);
  });
});
