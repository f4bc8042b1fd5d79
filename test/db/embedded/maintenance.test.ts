import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { Health } from '../../../src/base/health.ts';
import { silentLog } from '../../../src/base/log.ts';
import { EmbeddedClient } from '../../../src/db/embedded/client.ts';
import { Maintenance } from '../../../src/db/embedded/maintenance.ts';
import { embeddedFolder } from '../../support/embedded-folder.ts';
import type { TemporaryFolder } from '../../support/temporary.ts';

const MB = 1 << 20;
const QUIET_MS = 600_000;
const STAGES = 4000;

/** What PostgreSQL's background processes do elsewhere. */
describe('The maintenance of an embedded database', function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  let client: EmbeddedClient;
  let maintenance: Maintenance;
  before(async () => {
    folder = await embeddedFolder();
    const events = { onNotification: () => {}, onReopened: () => {}, onError: () => {} };
    const start = { folder: join(folder.path, 'pglite'), isDurable: false };
    client = new EmbeddedClient(start, systemClock, new Health(systemClock, silentLog), events);
    await client.open();
    maintenance = new Maintenance(client, systemClock);
    await client.exec(`SET session_replication_role = replica; INSERT INTO assignment (title) VALUES ('a');
      INSERT INTO stage (assignment_id, name, start_date) SELECT id, 's', now() FROM assignment, generate_series(1, ${STAGES})`);
  });
  after(async () => {
    await client.close();
    folder.remove();
  });

  const logMb = (): number => {
    const log = join(folder.path, 'pglite/pg_wal');
    const segments = readdirSync(log).filter((name) => name.length === 24);
    return segments.reduce((sum, name) => sum + statSync(join(log, name)).size, 0) / MB;
  };
  const indexMb = async (): Promise<number> => {
    const { rows } = await client.query(`SELECT pg_indexes_size('stage')::float8 AS bytes`);
    return (rows as { bytes: number }[])[0]?.bytes ?? 0;
  };
  /** What PostgreSQL would have to read again after a crash. */
  const sinceCheckpointMb = async (): Promise<number> => {
    const { rows } = await client.query(
      'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()',
    );
    return ((rows as { bytes: number }[])[0]?.bytes ?? Number.NaN) / MB;
  };
  /** Every date is moved: as much as some weeks of a school bring. */
  const weeks = () => client.exec(`UPDATE stage SET start_date = start_date + interval '7 days'`);

  it('leaves a busy moment alone until the log is large, and a quiet one keeps log and indexes small', async () => {
    let mostLogMb = 0;
    const sizes: number[] = [];
    await maintenance.look(QUIET_MS);
    for (let round = 0; round < 10; round++) {
      await weeks();
      await maintenance.look(QUIET_MS);
      mostLogMb = Math.max(mostLogMb, logMb());
      sizes.push(await indexMb());
    }
    expect(mostLogMb).to.be.below(40);
    expect(sizes.at(-1), sizes.join()).to.be.at.most(1.3 * (sizes[4] ?? 0));
    const before = logMb();
    for (let round = 0; round < 6; round++) {
      await weeks();
      // A bell is near.
      await maintenance.look(1000);
    }
    expect(logMb(), 'nothing was done').to.be.above(before + 5);
    await maintenance.look(QUIET_MS);
    expect(logMb()).to.be.below(40);
    expect(await sinceCheckpointMb()).to.be.below(17);
  });
});
