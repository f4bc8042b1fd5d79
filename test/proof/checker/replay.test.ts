import { expect } from 'chai';
import { replay } from './replay.ts';

const created = { id: 's', was: null, became: { name: 'a', start_date: '2026-12-01T09:00:00+00:00' } };
const edited = { id: 's', was: { name: 'a' }, became: { name: 'b' } };
const row = { id: 's', name: 'b', start_date: '2026-12-01T09:00:00.000Z', version: 2 };

describe('a replay of the record of edits', () => {
  it('finds nothing where each change begins where the last one ended, and the last at the row', () => {
    expect(replay([created, edited], [row])).to.deep.equal([]);
    expect(replay([created, edited, { id: 's', was: { name: 'b' }, became: null }], [])).to.deep.equal([]);
  });

  it('finds a change that is missing, doubled or out of order, and a row that no change explains', () => {
    expect(replay([created], [row])[0]).to.equal('s has name "b", and the record "a"');
    expect(replay([created, edited, edited], [row])[0]).to.equal('s left name "a", and had "b"');
    expect(replay([edited, created], [row])[0]).to.equal('s is changed where it was not there');
    expect(replay([], [row])).to.deep.equal(['s is there, and the record does not know it']);
    expect(replay([created], [])).to.deep.equal(['s is on the record, and gone without a word']);
  });
});
