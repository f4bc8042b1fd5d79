import { expect } from 'chai';
import { sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import { readLeadership, readOrRestoreLeadership } from '../../src/db/leading/leadership-row.ts';
import { releaseTerm, STALE_LEASES, type TakeCondition, type Term, takeTerm } from '../../src/db/leading/term.ts';
import { onClient } from '../support/migrated.ts';
import { onEachDatabase, onPostgres } from '../support/on-each.ts';
import { untilBlocked } from '../support/waits.ts';

const LEASE_MS = 5000;

onEachDatabase('A term', (database) => {
  const take = (condition: TakeCondition, instance = 'me', leaseMs = LEASE_MS): Promise<Term | null> =>
    takeTerm(database().db, instance, leaseMs, condition);
  const release = (term: Term | null): Promise<void> => releaseTerm(database().db, term as Term);
  const pulse = (term: Term | null) => sendHeartbeat(database().db, term as Term);
  const beatAt = (msAgo: number) =>
    database().sql(
      'UPDATE leadership SET heartbeat_at = clock_timestamp() - make_interval(secs => $1::float8 / 1000)',
      [msAgo],
    );
  beforeEach(() => database().sql('UPDATE leadership SET instance = NULL, heartbeat_at = NULL, since = NULL'));

  it('has the next epoch each time, and a nonce of its own', async () => {
    const [first, second] = [await take('always'), await take('always')];
    expect(second?.epoch).to.equal((first?.epoch ?? 0) + 1);
    expect(second?.nonce).to.not.equal(first?.nonce);
  });

  it('has an epoch beyond the log of terms if the row is from an older backup', async () => {
    await take('always');
    const last = await take('always');
    await database().sql('UPDATE leadership SET epoch = 1');
    expect((await take('always'))?.epoch).to.equal((last?.epoch ?? 0) + 1);
  });

  it('can be taken again after the row was lost: it is put back beyond the log, under the same name', async () => {
    const { deployment } = await readLeadership(database().db);
    const last = await take('always');
    await database().sql('TRUNCATE leadership');
    const refusal = await readLeadership(database().db).catch((error) => String(error));
    expect(refusal).to.contain('INSERT INTO leadership');
    expect(await readOrRestoreLeadership(database().db, deployment)).to.include({ deployment, instance: null });
    expect((await take('if-vacant-or-stale'))?.epoch).to.equal((last?.epoch ?? 0) + 1);
    expect((await pulse(last)).isCurrent, 'the term before').to.equal(false);
  });

  it('goes to any candidate when it is vacant, and is then held', async () => {
    const term = await take('if-vacant-or-stale', 'first');
    expect(term).to.not.equal(null);
    expect(await take('if-vacant-or-stale', 'second')).to.equal(null);
    const leadership = await readLeadership(database().db);
    expect(leadership).to.include({ instance: 'first', epoch: term?.epoch, leaseMs: LEASE_MS });
    expect(leadership.heartbeatAgeMs).to.be.within(0, 5000);
  });

  it('is stale three leases after its last heartbeat, and not before', async () => {
    await take('always', 'gone');
    await beatAt(STALE_LEASES * LEASE_MS - 1000);
    expect(await take('if-vacant-or-stale', 'early')).to.equal(null);
    await beatAt(STALE_LEASES * LEASE_MS + 1);
    expect(await take('if-vacant-or-stale', 'late')).to.not.equal(null);
    expect((await readLeadership(database().db)).instance).to.equal('late');
  });

  it('is stale by the longer of the two leases, its holder and its taker', async () => {
    await take('always', 'patient', 10_000);
    await beatAt(STALE_LEASES * LEASE_MS + 1);
    expect(await take('if-vacant-or-stale', 'hasty', 1000)).to.equal(null);
    await take('always', 'hasty', 1000);
    await beatAt(STALE_LEASES * 1000 + 1);
    expect(await take('if-vacant-or-stale', 'patient', 10_000)).to.equal(null);
  });

  it('lives by its heartbeat, which tells the time of the database and what was missed', async () => {
    const term = await take('always');
    await beatAt(STALE_LEASES * LEASE_MS + 1);
    await database().missed('-2 seconds', null, 3);
    await database().missed('-100 ms', null, 2);
    const answer = await pulse(term);
    expect(answer).to.include({ isCurrent: true, missed: 3 });
    expect(await take('if-vacant-or-stale')).to.equal(null);
    const [now] = await database().sql<{ ms: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
    );
    expect(answer.databaseMs).to.be.within((now?.ms ?? 0) - 2000, now?.ms ?? 0);
  });

  it('is not kept alive by the heartbeat of an earlier leader, nor ended by its release', async () => {
    const old = await take('always', 'old');
    const current = await take('always', 'new');
    await beatAt(STALE_LEASES * LEASE_MS + 1);
    expect((await pulse(old)).isCurrent).to.equal(false);
    await release(old);
    expect((await readLeadership(database().db)).instance).to.equal('new');
    expect((await readLeadership(database().db)).heartbeatAgeMs).to.be.greaterThan(STALE_LEASES * LEASE_MS);
    expect((await pulse(current)).isCurrent).to.equal(true);
  });

  it('that is let go is vacant at once', async () => {
    await release(await take('always', 'old'));
    expect(await readLeadership(database().db)).to.include({ instance: null, heartbeatAgeMs: null });
    expect(await take('if-vacant-or-stale', 'new')).to.not.equal(null);
  });

  it('is in the log with its beginning, its end and how it ended', async () => {
    const [first, second] = [await take('always', 'a'), await take('always', 'b')];
    await release(second);
    const third = await take('always', 'c');
    const log = await database().sql<{ epoch: number; instance: string; ended: string | null; sound: boolean }>(
      `SELECT epoch::float8 AS epoch, instance, ended_by AS ended, coalesce(ended_at >= started_at, true) AS sound
       FROM term WHERE epoch >= $1 ORDER BY epoch`,
      [first?.epoch],
    );
    expect(log).to.deep.equal([
      { epoch: first?.epoch, instance: 'a', ended: 'take-over', sound: true },
      { epoch: second?.epoch, instance: 'b', ended: 'release', sound: true },
      { epoch: third?.epoch, instance: 'c', ended: null, sound: true },
    ]);
  });
});

onPostgres('Two candidates at once', (database) => {
  const take = (condition: TakeCondition, instance: string, db: Parameters<typeof takeTerm>[0]) =>
    takeTerm(db, instance, LEASE_MS, condition);

  it('for a vacant term: one gets it', async () => {
    const [first, second] = [await database().connect(), await database().connect()];
    await first.query('BEGIN');
    const won = await take('if-vacant-or-stale', 'first', onClient(first));
    const losing = take('if-vacant-or-stale', 'second', onClient(second));
    await untilBlocked(database(), second);
    await first.query('COMMIT');
    expect(won).to.not.equal(null);
    expect(await losing).to.equal(null);
  });

  it('unconditionally: one after the other, and both in the log', async () => {
    const [first, second] = [await database().connect(), await database().connect()];
    await first.query('BEGIN');
    const one = await take('always', 'first', onClient(first));
    const waiting = take('always', 'second', onClient(second));
    await untilBlocked(database(), second);
    await first.query('COMMIT');
    const two = await waiting;
    expect(two?.epoch).to.equal((one?.epoch ?? 0) + 1);
    const log = await database().sql<{ instance: string; ended_by: string | null }>(
      'SELECT instance, ended_by FROM term WHERE epoch >= $1 ORDER BY epoch',
      [one?.epoch],
    );
    expect(log).to.deep.equal([
      { instance: 'first', ended_by: 'take-over' },
      { instance: 'second', ended_by: null },
    ]);
  });
});
