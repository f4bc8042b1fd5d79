import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { Health } from '../../../src/base/health.ts';
import { silentLog } from '../../../src/base/log.ts';
import { HeldWatch } from '../../../src/instance/health/held-watch.ts';
import { onPostgres } from '../../support/on-each.ts';
import { ScheduledTerm } from '../../support/scheduled-term.ts';
import { eventually } from '../../support/wait.ts';
import { pidOf } from '../../support/waits.ts';

onPostgres('Who holds a row that is due', (database) => {
  it('is named while the row is skipped, and no longer when the row is free', async () => {
    const [id] = await database().missed('-1 minute');
    const psql = await database().connect();
    await psql.query(`SET application_name = 'an office'`);
    await psql.query('BEGIN');
    await psql.query('SELECT FROM stage WHERE id = $1 FOR UPDATE', [id]);
    const health = new Health(systemClock, silentLog);
    const watch = new HeldWatch(database().db, systemClock, health);
    const term = await ScheduledTerm.begin(database(), { onHeld: (isHeld) => watch.noted(isHeld) });
    try {
      await eventually(() => expect(health.degraded).to.deep.equal(['held']));
      const [trouble] = health.troubles;
      expect(trouble?.detail).to.contain('an office');
      expect(trouble?.cure).to.contain(`pg_terminate_backend(${pidOf(psql)})`);
      await psql.query('ROLLBACK');
      await term.moved(1);
      await eventually(() => expect(health.degraded).to.deep.equal([]));
    } finally {
      watch.noted(false);
      await term.end();
    }
  });
});
