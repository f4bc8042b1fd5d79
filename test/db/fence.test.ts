import { expect } from 'chai';
import type { Queryable } from '../../src/db/database.ts';
import { type Advanced, advance } from '../../src/db/leading/advance.ts';
import { sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import { releaseTerm, type Term, takeTerm } from '../../src/db/leading/term.ts';
import { onClient } from '../support/migrated.ts';
import { onPostgres, suiteClient } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { holdGate, untilBlocked } from '../support/waits.ts';

const TIMES = 20;
const STAGES = 5;

/** Two sessions, each in both orders: a deposed leader moves nothing, and nobody waits who need not. */
onPostgres('The fence', (database) => {
  const leader = suiteClient(database);
  const rival = suiteClient(database);
  const gatekeeper = suiteClient(database);
  afterEach(() => expectSound(database()));

  const take = (db: Queryable): Promise<Term | null> => takeTerm(db, 'test', 5000, 'always');
  const taken = async (): Promise<Term> => {
    const term = await take(onClient(leader));
    if (term === null) throw new Error('the term was not given');
    return term;
  };
  const run = (term: Term, db: Queryable = onClient(leader)): Promise<Advanced> =>
    advance(db, { term, limit: 1000, cause: 'timer', instance: 'leader' });

  it('makes a take-over wait for a running advance, which moves rows only in its own term', async () => {
    for (let i = 0; i < TIMES; i++) {
      const term = await taken();
      await database().missed('-1 minute', null, STAGES);
      const gate = await holdGate(gatekeeper);
      const advancing = run(term);
      await untilBlocked(database(), leader);
      const taking = take(onClient(rival));
      await untilBlocked(database(), rival);
      await gate.release();
      expect(await advancing).to.include({ isCurrent: true, moved: STAGES });
      const next = await taking;
      const [log] = await database().sql<{ after: boolean }>(
        `SELECT started_at >= (SELECT max(occurred_at) FROM transition) AS after FROM term WHERE epoch = $1`,
        [next?.epoch],
      );
      expect(log?.after, 'the next term began after the last transition of this one').to.equal(true);
      expect(await run(term)).to.include({ isCurrent: false, moved: 0 });
    }
  });

  it('makes an advance wait for the take-over that is being committed, and then move nothing', async () => {
    for (let i = 0; i < TIMES; i++) {
      const term = await taken();
      await database().missed('-1 minute', null, STAGES);
      await rival.query('BEGIN');
      await take(onClient(rival));
      const advancing = run(term);
      await untilBlocked(database(), leader);
      await rival.query('COMMIT');
      expect(await advancing).to.include({ isCurrent: false, moved: 0 });
      await database().clear();
    }
  });

  it('lets the advance go on when the take-over is rolled back', async () => {
    const term = await taken();
    await database().missed('-1 minute', null, STAGES);
    await rival.query('BEGIN');
    await take(onClient(rival));
    const advancing = run(term);
    await untilBlocked(database(), leader);
    await rival.query('ROLLBACK');
    expect(await advancing).to.include({ isCurrent: true, moved: STAGES });
  });

  it('(control) without the lock on the term, the same races move rows in a term that is over', async () => {
    const unlocked = withoutLock(onClient(leader));
    for (let i = 0; i < TIMES; i++) {
      const term = await taken();
      await database().missed('-1 minute', null, STAGES);
      const gate = await holdGate(gatekeeper);
      const advancing = run(term, unlocked);
      await untilBlocked(database(), leader);
      // It is taken over at once, in the middle of its advance.
      await take(onClient(rival));
      await gate.release();
      expect(await advancing).to.include({ isCurrent: true, moved: STAGES });
    }
    const term = await taken();
    await database().missed('-1 minute', null, STAGES);
    await rival.query('BEGIN');
    await take(onClient(rival));
    expect(await run(term, unlocked)).to.include({ isCurrent: true, moved: STAGES });
    await rival.query('COMMIT');
  });

  it("does not hold up the leader's heartbeat, nor does the heartbeat hold up the advance", async () => {
    const term = await taken();
    for (let i = 0; i < TIMES; i++) {
      await database().missed('-1 minute', null, STAGES);
      const gate = await holdGate(gatekeeper);
      const advancing = run(term);
      await untilBlocked(database(), leader);
      expect((await sendHeartbeat(onClient(rival), term)).isCurrent).to.equal(true);
      await gate.release();
      await advancing;

      await database().missed('-1 minute', null, STAGES);
      await rival.query('BEGIN');
      await sendHeartbeat(onClient(rival), term);
      expect((await run(term)).moved).to.equal(STAGES);
      await rival.query('COMMIT');
    }
  });

  it('closes with the release of the term', async () => {
    const term = await taken();
    await database().missed('-1 minute', null, STAGES);
    await releaseTerm(onClient(leader), term);
    expect(await run(term)).to.include({ isCurrent: false, moved: 0 });
    expect((await sendHeartbeat(onClient(leader), term)).isCurrent).to.equal(false);
  });
});

/** The same statement with a fence that looks and does not lock. */
function withoutLock(db: Queryable): Queryable {
  return {
    query: (statement, values) => {
      const text = statement.text.replace('FOR KEY SHARE', '');
      expect(text).to.not.equal(statement.text);
      return db.query({ ...statement, text }, values);
    },
  };
}
