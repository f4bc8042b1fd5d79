import { expect } from 'chai';
import { boundaries, nextBoundary, type StageDates, statusAt } from '../../src/domain/stage.ts';

const START = 1_000_000;
const END = 2_000_000;
const planned: StageDates = { startMs: START, endMs: END };
const openEnded: StageDates = { startMs: START, endMs: null };
const unplanned: StageDates = { startMs: null, endMs: null };

describe('The rule', () => {
  it('is half-open: a stage is active from its start up to, not including, its end', () => {
    expect(statusAt(planned, START - 1)).to.equal('pending');
    expect(statusAt(planned, START)).to.equal('active');
    expect(statusAt(planned, END - 1)).to.equal('active');
    expect(statusAt(planned, END)).to.equal('completed');
  });

  it('leaves a stage without a start pending for ever', () => {
    for (const now of [0, START, Number.MAX_SAFE_INTEGER]) expect(statusAt(unplanned, now)).to.equal('pending');
  });

  it('never completes a stage without an end', () => {
    expect(statusAt(openEnded, START - 1)).to.equal('pending');
    expect(statusAt(openEnded, Number.MAX_SAFE_INTEGER)).to.equal('active');
  });
});

describe('Boundaries', () => {
  it('come in the order in which they are crossed', () => {
    expect(boundaries(planned)).to.deep.equal([
      { from: 'pending', to: 'active', atMs: START },
      { from: 'active', to: 'completed', atMs: END },
    ]);
  });

  it('exist only where there is a date', () => {
    expect(boundaries(openEnded).map(({ to }) => to)).to.deep.equal(['active']);
    expect(boundaries(unplanned)).to.deep.equal([]);
  });

  it('are where the rule changes its answer', () => {
    for (const { from, to, atMs } of boundaries(planned)) {
      expect(statusAt(planned, atMs - 1)).to.equal(from);
      expect(statusAt(planned, atMs)).to.equal(to);
    }
  });

  it('follow the recorded status, not the time: what was missed is still to be crossed', () => {
    expect(nextBoundary(planned, 'pending')?.atMs).to.equal(START);
    expect(nextBoundary(planned, 'active')?.atMs).to.equal(END);
    expect(nextBoundary(planned, 'completed')).to.equal(null);
    expect(nextBoundary(openEnded, 'active')).to.equal(null);
    expect(nextBoundary(unplanned, 'pending')).to.equal(null);
  });
});
