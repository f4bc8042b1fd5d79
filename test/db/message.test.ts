import { expect } from 'chai';
import { parseMessage } from '../../src/db/message.ts';

describe('what is said on the channel', () => {
  it('reads each kind', () => {
    expect(parseMessage('edit 1795479076873,1795479076923')).to.deep.equal({
      kind: 'edit',
      instants: [1795479076873, 1795479076923],
    });
    expect(parseMessage('edit resync')).to.deep.equal({ kind: 'edit', instants: null });
    expect(parseMessage('pulse 7 1795479076873')).to.deep.equal({
      kind: 'pulse',
      epoch: 7,
      databaseMs: 1795479076873,
      isLocked: false,
      recordEnd: null,
    });
    expect(parseMessage('pulse 7 1795479076873 alive 42')).to.include({ isLocked: true, recordEnd: '42' });
    expect(parseMessage('pulse 7 1795479076873 - 42')).to.include({ isLocked: false, recordEnd: '42' });
    expect(parseMessage('record')).to.deep.equal({ kind: 'record' });
    expect(parseMessage('term 8')).to.deep.equal({ kind: 'term', epoch: 8 });
    expect(parseMessage('vacant 8')).to.deep.equal({ kind: 'vacant', epoch: 8 });
  });

  it('reads an edit that it does not understand as "look at everything"', () => {
    expect(parseMessage('edit 12,nonsense')).to.deep.equal({ kind: 'edit', instants: null });
  });

  it("ignores what is not ours, a newer release's words included", () => {
    for (const payload of ['', 'hello', 'pulse', 'pulse 7', 'pulse 7 x', 'term x', 'shutdown now']) {
      expect(parseMessage(payload), payload).to.equal(null);
    }
  });
});
