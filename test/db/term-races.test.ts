import { expect } from 'chai';
import type pg from 'pg';
import { type Advanced, advance } from '../../src/db/leading/advance.ts';
import { sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import { readLeadership } from '../../src/db/leading/leadership-row.ts';
import { releaseTerm, STALE_LEASES, type Term, takeTerm } from '../../src/db/leading/term.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres, suiteClient } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { holdGate, untilBlocked } from '../support/waits.ts';

const TIMES = 10;
const LEASE_MS = 5000;

/** Heartbeats, releases and take-overs of one term at the same time, in both orders. */
onPostgres('A term among its candidates', (database) => {
  const leader = suiteClient(database);
  const rival = suiteClient(database);
  const other = suiteClient(database);
  afterEach(() => expectSound(database()));

  const take = (client: pg.Client, condition: 'always' | 'if-vacant-or-stale' = 'always'): Promise<Term | null> =>
    takeTerm(onClient(client), 'rival', LEASE_MS, condition);
  const taken = async (): Promise<Term> => {
    const term = await take(leader);
    if (term === null) throw new Error('the term was not given');
    return term;
  };
  const pulse = (term: Term) => sendHeartbeat(onClient(leader), term);
  const grownStale = () =>
    database().sql('UPDATE leadership SET heartbeat_at = clock_timestamp() - make_interval(secs => $1::float8)', [
      (STALE_LEASES * LEASE_MS) / 1000 + 1,
    ]);

  it('a candidate that comes second has no lock that the leader should have, and does not take the leader for dead', async () => {
    const locks = () =>
      database().sql(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database
        WHERE datname = current_database()) AND classid = (to_regclass('leader_alive')::oid::bigint % 2147483647)::int::oid
        AND objid = (SELECT epoch FROM leadership)::oid`);
    const first = await taken();
    await releaseTerm(onClient(leader), first);
    await leader.query('BEGIN');
    await leader.query(
      `UPDATE leadership SET epoch = epoch + 1, alive_epoch = epoch + 1, instance = 'leader', heartbeat_at = clock_timestamp()`,
    );
    const taking = take(rival, 'if-vacant-or-stale');
    await untilBlocked(database(), rival);
    await leader.query('COMMIT');
    expect(await taking).to.equal(null);
    expect(await locks()).to.deep.equal([]);
    // However it has come by it.
    const lock = `SELECT pg_try_advisory_lock((to_regclass('leader_alive')::oid::bigint % 2147483647)::int, $1::int)`;
    await rival.query(lock, [first.epoch + 1]);
    expect(await locks()).to.have.length(1);
    expect(await takeTerm(onClient(rival), 'rival', LEASE_MS, 'if-dead')).to.equal(null);
    await rival.query('SELECT pg_advisory_unlock_all()');
    expect((await takeTerm(onClient(rival), 'rival', LEASE_MS, 'if-dead'))?.epoch).to.equal(first.epoch + 2);
  });

  it('a heartbeat that waits for a take-over is told that the term is over', async () => {
    for (let i = 0; i < TIMES; i++) {
      const term = await taken();
      await rival.query('BEGIN');
      await take(rival);
      const beating = pulse(term);
      await untilBlocked(database(), leader);
      await rival.query('COMMIT');
      expect((await beating).isCurrent).to.equal(false);
    }
  });

  it('a take-over that waits for a heartbeat follows it', async () => {
    for (let i = 0; i < TIMES; i++) {
      const term = await taken();
      await leader.query('BEGIN');
      expect((await pulse(term)).isCurrent).to.equal(true);
      const taking = take(rival);
      await untilBlocked(database(), rival);
      await leader.query('COMMIT');
      expect((await taking)?.epoch).to.equal(term.epoch + 1);
      expect((await pulse(term)).isCurrent).to.equal(false);
    }
  });

  it('a term that seems stale is not given while its heartbeat is being written', async () => {
    for (const end of ['COMMIT', 'ROLLBACK']) {
      const term = await taken();
      await grownStale();
      await leader.query('BEGIN');
      await pulse(term);
      const taking = take(rival, 'if-vacant-or-stale');
      await untilBlocked(database(), rival);
      await leader.query(end);
      // Rolled back, the heartbeat was never written.
      expect((await taking)?.epoch ?? null).to.equal(end === 'COMMIT' ? null : term.epoch + 1);
    }
  });

  it('of a release and a take-over at once, the one that comes second finds what the first left', async () => {
    for (let i = 0; i < TIMES; i++) {
      const first = await taken();
      await leader.query('BEGIN');
      await releaseTerm(onClient(leader), first);
      expect(await take(rival, 'if-vacant-or-stale'), 'it does not wait for what may not come').to.equal(null);
      const taking = take(rival);
      await untilBlocked(database(), rival);
      await leader.query('COMMIT');
      expect((await taking)?.epoch).to.equal(first.epoch + 1);

      const second = await taken();
      await rival.query('BEGIN');
      await take(rival);
      const releasing = releaseTerm(onClient(leader), second);
      await untilBlocked(database(), leader);
      await rival.query('COMMIT');
      await releasing;
      expect((await readLeadership(database().db)).instance, 'not its to release').to.equal('rival');
    }
  });

  it('a release waits for the advance that runs: nothing happens in a term that has ended', async () => {
    const run = (term: Term): Promise<Advanced> =>
      advance(onClient(leader), { term, limit: 10, cause: 'timer', instance: 'leader' });
    for (let i = 0; i < TIMES; i++) {
      const term = await taken();
      await database().missed('-1 minute', null, 3);
      const gate = await holdGate(other);
      const advancing = run(term);
      await untilBlocked(database(), leader);
      const releasing = releaseTerm(onClient(rival), term);
      await untilBlocked(database(), rival);
      await gate.release();
      expect(await advancing).to.include({ isCurrent: true, moved: 3 });
      await releasing;
      const [log] = await database().sql<{ after: boolean }>(
        `SELECT ended_at >= (SELECT max(occurred_at) FROM transition) AS after FROM term WHERE epoch = $1`,
        [term.epoch],
      );
      expect(log?.after, 'the term ended after its last transition').to.equal(true);
      expect(await run(term)).to.include({ isCurrent: false, moved: 0 });
    }
  });

  it('an advance that waits for a release moves nothing', async () => {
    for (let i = 0; i < TIMES; i++) {
      const term = await taken();
      await database().missed('-1 minute', null, 3);
      await rival.query('BEGIN');
      await releaseTerm(onClient(rival), term);
      const advancing = advance(onClient(leader), { term, limit: 10, cause: 'timer', instance: 'leader' });
      await untilBlocked(database(), leader);
      await rival.query('COMMIT');
      expect(await advancing).to.include({ isCurrent: false, moved: 0 });
      await database().clear();
    }
  });
});
