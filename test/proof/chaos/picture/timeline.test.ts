import { expect } from 'chai';
import type { History } from '../../checker/history.ts';
import type { FaultRecord } from '../nemesis.ts';
import { worstOf } from '../worst.ts';
import { timeline } from './timeline.ts';

const FAULT: FaultRecord = {
  ...{ kind: 'leader <killed>', target: 'i1', boundMs: 2500 },
  ...{ startedMs: 10_000, healedMs: 10_000, undoneMs: 12_000 },
};
const HISTORY: History = {
  ...{ leaseMs: 1000, startedMs: 0, healedMs: 12_000, endedMs: 20_000 },
  ...{ stages: [], requests: [], faults: [FAULT], complaints: [] },
  terms: [
    { epoch: 1, instance: 'i1', startedMs: 0, endedMs: 11_000, endedBy: 'take-over' },
    { epoch: 2, instance: 'i2', startedMs: 11_000, endedMs: null, endedBy: null },
  ],
  transitions: [bell('1', 5000, 3, 'i1', 1), bell('2', 10_100, 900, 'i2', 2), bell('3', 15_000, 2, 'i2', 2)],
};

function bell(id: string, dueMs: number, lateMs: number, instance: string, term: number) {
  const written = { id, stageId: id, from: 'pending', to: 'active', cause: 'timer', actor: null } as const;
  return { ...written, dueMs, occurredMs: dueMs + lateMs, instance, term };
}

describe('what is shown of a run', () => {
  it('is a picture of terms, faults and bells, coloured by lateness', () => {
    const picture = timeline(HISTORY, [FAULT], 'seed 1');
    expect(picture).to.contain('term 2 of i2').and.to.contain('leader &lt;killed&gt;: i1, 2.0 s');
    expect(picture.match(/<circle class="on-time"/g)).to.have.length(2);
    expect(picture.match(/<circle class="later"/g)).to.have.length(1);
    expect(picture).to.contain('prefers-color-scheme: dark');
  });

  it('tells how late the latest bell of a fault was', () => {
    expect(worstOf(HISTORY, [FAULT])).to.deep.equal([
      { kind: 'leader <killed>', count: 1, latestMs: 900, boundMs: 2500 },
    ]);
  });

  it('blames no fault for what fell into two', () => {
    const other: FaultRecord = { ...FAULT, kind: 'redis killed', target: 'redis1', startedMs: 11_000 };
    expect(worstOf(HISTORY, [FAULT, other]).map(({ latestMs }) => latestMs)).to.deep.equal([null, null]);
  });
});
