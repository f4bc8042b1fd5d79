import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { Room } from '../../../src/db/postgres/room.ts';

describe('The room for connections', () => {
  let nowMs = 0;
  let asked = 0;
  const db = (room: number | null) => ({
    async query<Row>(): Promise<Row[]> {
      asked += 1;
      return [{ room }] as Row[];
    },
  });

  it('is asked for once by those that open together, and each takes one of it', async () => {
    const room = new Room({ ...systemClock, monoMs: () => nowMs });
    const opened = [10, 99, 99].map((each) => room.afterOpening(db(each)));
    expect(await Promise.all(opened)).to.deep.equal([10, 9, 8]);
    expect(asked).to.equal(1);
    nowMs += 1001;
    expect(await room.afterOpening(db(null))).to.equal(null);
    expect(asked).to.equal(2);
  });
});
