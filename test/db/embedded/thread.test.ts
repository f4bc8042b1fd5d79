import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../../src/base/errors.ts';
import { Health } from '../../../src/base/health.ts';
import { silentLog } from '../../../src/base/log.ts';
import { EmbeddedClient } from '../../../src/db/embedded/client.ts';
import { embeddedFolder } from '../../support/embedded-folder.ts';
import type { TemporaryFolder } from '../../support/temporary.ts';
import { eventually } from '../../support/wait.ts';

/** PostgreSQL in a thread of its own: what happens there does not take the process's ears. */
describe('The thread of an embedded database', function () {
  this.timeout(120_000);
  const health = new Health(systemClock, silentLog);
  let folder: TemporaryFolder;
  let client: EmbeddedClient;
  let reopened = 0;
  before(async () => {
    folder = await embeddedFolder();
    const start = { folder: join(folder.path, 'pglite'), isDurable: true };
    client = new EmbeddedClient(start, systemClock, health, {
      onNotification: () => {},
      onReopened: () => reopened++,
      onError: () => {},
    });
    await client.open();
  });
  after(async () => {
    await client.close();
    folder.remove();
  });

  it('keeps a transaction to itself, and rolls it back if its work fails', async () => {
    const failing = client.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO assignment (title) VALUES ('never')`);
      throw new Error('changed my mind');
    });
    const beside = client.query(`SELECT count(*)::int AS titles FROM assignment WHERE title = 'never'`);
    expect(await failing.catch((error: Error) => error.message)).to.equal('changed my mind');
    expect((await beside).rows).to.deep.equal([{ titles: 0 }]);
  });

  it('throws what PostgreSQL refused, with its code', async () => {
    const error = await client.query('SELECT 1 / 0').catch((error: unknown) => error);
    expect(error).to.include({ code: '22012', message: 'division by zero' });
  });

  it('is ended when it spins, is started again, and has what was committed', async () => {
    await client.query(`INSERT INTO assignment (title) VALUES ('kept')`);
    const patienceMs = client.patienceMs;
    client.patienceMs = 200;
    const cutOff = client.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO assignment (title) VALUES ('lost')`);
      await transaction.query('SELECT count(*) FROM generate_series(1, 1000000000)');
    });
    expect(await cutOff.catch((error: unknown) => error)).to.be.instanceOf(DatabaseUnavailableError);
    expect(health.troubles).to.have.length(1);
    expect(health.troubles[0]).to.include({ part: 'embedded', isBlocking: true });
    expect(await client.query('SELECT 1').catch((error: unknown) => error)).to.be.instanceOf(DatabaseUnavailableError);
    client.patienceMs = patienceMs;
    await eventually(() => expect(health.degraded).to.deep.equal([]), { timeoutMs: 60_000 });
    expect(reopened).to.equal(1);
    const { rows } = await client.query(`SELECT title FROM assignment WHERE title IN ('kept', 'lost')`);
    expect(rows).to.deep.equal([{ title: 'kept' }]);
  });
});
