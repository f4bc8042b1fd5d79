import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { NOTHING, sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import { Heartbeats } from '../../src/leader/heartbeats.ts';
import { onPostgres } from '../support/on-each.ts';

/** Where nobody reads the heartbeats of another, few are written: each costs log, and a sync of the disk. */
onPostgres('An instance that writes one heartbeat in three', (database) => {
  it('checks with each that the term is its own, and writes every third', async () => {
    const term = await takeTerm(database().db, 'leader', 1000, 'always');
    if (term === null) throw new Error('The term was not given.');
    const asked: string[] = [];
    const over = new AbortController();
    const db = {
      query: <Row>(statement: { name: string; text: string }, values?: unknown[]) => {
        asked.push(statement.name);
        return database().db.query<Row>(statement, values);
      },
    };
    const heartbeats = new Heartbeats({ db, term, leaseMs: 1, clock: systemClock, log: silentLog, writeEvery: 3 });
    let rests = 0;
    const reason = await heartbeats.sendUntil(over.signal, {
      onHeartbeat: () => asked.length === 7 && over.abort(),
      onRest: () => rests++,
    });
    expect(reason).to.equal(null);
    const [one, other] = ['heartbeat', 'silent_heartbeat'];
    expect(asked).to.deep.equal([one, other, other, one, other, other, one]);
    expect(rests, 'a pulse is expected of those alone that are said').to.equal(2);
  });

  it('learns also from one that is not written that another has the term', async () => {
    const old = await takeTerm(database().db, 'old', 1000, 'always');
    if (old === null) throw new Error('The term was not given.');
    const at = async () =>
      (await database().sql<{ at: string }>('SELECT heartbeat_at::text AS at FROM leadership'))[0]?.at;
    const before = await at();
    expect(await sendHeartbeat(database().db, old, NOTHING, true)).to.include({ isCurrent: true, missed: 0 });
    expect(await at()).to.equal(before);
    await takeTerm(database().db, 'new', 1000, 'always');
    expect(await sendHeartbeat(database().db, old, NOTHING, true)).to.include({ isCurrent: false });
  });
});
