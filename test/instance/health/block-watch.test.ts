import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { Health } from '../../../src/base/health.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Session } from '../../../src/db/database.ts';
import { advance } from '../../../src/db/leading/advance.ts';
import { sendHeartbeat } from '../../../src/db/leading/heartbeat.ts';
import { type Term, takeTerm } from '../../../src/db/leading/term.ts';
import { BlockWatch } from '../../../src/instance/health/block-watch.ts';
import { onPostgres } from '../../support/on-each.ts';
import { eventually } from '../../support/wait.ts';
import { pidOf } from '../../support/waits.ts';

onPostgres('Who keeps the leader waiting', (database) => {
  let sessions: Session[];
  let health: Health;
  let ring: Session;
  beforeEach(() => {
    const { database: port } = database();
    sessions = [port.openSession('ring', 5000), port.openSession('try', 5000)];
    health = new Health(systemClock, silentLog);
    ring = new BlockWatch(sessions[1] as Session, systemClock, health).over(sessions[0] as Session);
  });
  afterEach(() => Promise.all(sessions.map((session) => session.close())));

  it('is named until what waited has passed: a heartbeat that counts nothing passes all the same', async () => {
    const term = (await takeTerm(ring, 'test', 1000, 'always')) as Term;
    const short = database().database.openSession('lead', 1000);
    sessions.push(short);
    const lead = new BlockWatch(sessions[1] as Session, systemClock, health).over(short);
    const psql = await database().connect();
    for (const sql of ['BEGIN', 'LOCK TABLE stage IN ACCESS EXCLUSIVE MODE']) await psql.query(sql);
    const counting = sendHeartbeat(lead, term).catch((error) => error);
    await eventually(() => expect(health.degraded).to.deep.equal(['blocked']));
    expect(await counting).to.have.property('code', '57014');
    expect(await sendHeartbeat(lead, term, null)).to.include({ isCurrent: true, missed: 0 });
    expect(health.degraded).to.deep.equal(['blocked']);
    await psql.query('COMMIT');
    await sendHeartbeat(lead, term);
    expect(health.degraded).to.deep.equal([]);
  });

  const WAYS = {
    'the gate': 'SELECT transition_gate()',
    'the table': 'LOCK TABLE stage IN SHARE MODE',
  };
  for (const [what, lock] of Object.entries(WAYS)) {
    it(`is named when somebody holds ${what}, and no longer when it is let go of`, async () => {
      await database().missed('-1 minute');
      const psql = await database().connect();
      for (const sql of ["SET application_name = 'loader'", 'BEGIN', lock]) await psql.query(sql);
      const advancing = advance(ring, { term: null, limit: 10, cause: 'sweep', instance: 'test' });
      await eventually(() => expect(health.degraded).to.deep.equal(['blocked']));
      const [trouble] = health.troubles;
      expect(trouble?.detail).to.contain('loader').and.contain(lock);
      expect(trouble?.cure).to.contain(`pg_terminate_backend(${pidOf(psql)})`);
      await psql.query('COMMIT');
      expect((await advancing).moved).to.equal(1);
      expect(health.degraded).to.deep.equal([]);
    });
  }
});
