import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { editStage } from '../../src/commands/edit-stage.ts';
import type { Session } from '../../src/db/database.ts';
import { sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import { readLeadership } from '../../src/db/leading/leadership-row.ts';
import { releaseTerm, type Term, takeTerm } from '../../src/db/leading/term.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { migrate } from '../../src/db/schema/schema.ts';
import { Cluster } from '../support/cluster.ts';
import { fillNotifyQueue, SMALLEST_QUEUE } from '../support/notify-queue.ts';
import { createDatabase, startPostgres } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { eventually } from '../support/wait.ts';

interface Shown {
  leader: { epoch: number } | null;
  degraded: string[];
}

/** One idle session that listens, in any database of the server, fills the queue of all: then every NOTIFY fails. */
describe('A full notification queue', () => {
  let server: PostgresServer;
  let url = '';
  before(async function () {
    this.timeout(60_000);
    server = await startPostgres({ settings: SMALLEST_QUEUE });
    url = (await createDatabase({ cluster: server.url })).url;
  });
  after(() => server.remove());

  describe('under single statements', () => {
    let database: PostgresDatabase;
    let db: Session;
    let drain: () => Promise<void>;
    const sql = (text: string) => db.query<Record<string, unknown>>({ name: '', text });
    before(async () => {
      database = new PostgresDatabase(url, systemClock, silentLog);
      db = database.openSession('test', 10_000);
      await database.connect();
      await migrate(database, db);
      await sql(`INSERT INTO assignment (title) VALUES ('x')`);
      await sql(`INSERT INTO stage (assignment_id, name, start_date) SELECT id, 's', '2100-01-01Z' FROM assignment`);
      drain = await fillNotifyQueue(server.url);
    });
    after(async () => {
      await drain();
      await db.close();
      await database.close();
    });
    const term = async (): Promise<void> => {
      const taken = (await takeTerm(db, 'leader', 1000, 'always')) as Term;
      expect(taken).to.not.equal(null);
      expect(await sendHeartbeat(db, taken)).to.include({ isCurrent: true });
      await releaseTerm(db, taken);
      expect((await readLeadership(db)).instance).to.equal(null);
    };

    it('fails no edit and no term: nothing is said', async () => {
      expect((await readLeadership(db)).queueUsage).to.be.above(0.9);
      await term();
      await sql(`UPDATE stage SET start_date = start_date + interval '1 day'`);
      await sql(`UPDATE stage SET start_date = now() - interval '1 day'`);
      await sql(`UPDATE stage SET start_date = '2100-01-01Z'`);
    });

    it('fails no term where it fills up at the last moment, and answers an edit with 503', async () => {
      // As if there had been room when the trigger looked.
      await sql('ALTER FUNCTION notify_queue_usage() RENAME TO usage_before');
      await sql(`CREATE FUNCTION notify_queue_usage() RETURNS float8 LANGUAGE sql AS 'SELECT 0.0::float8'`);
      try {
        await term();
        const [stage] = await sql('SELECT id::text AS id FROM stage');
        const writer = { database, instance: 'test', actor: null };
        const refused = await editStage(writer, String(stage?.['id']), { startMs: Date.UTC(2101, 0) }, null).catch(
          (error) => error,
        );
        expect(refused).to.have.property('status', 503);
      } finally {
        await sql('DROP FUNCTION notify_queue_usage()');
        await sql('ALTER FUNCTION usage_before() RENAME TO notify_queue_usage');
      }
    });
  });

  it('keeps nobody from leading, and no bell from ringing; it is said, and over when it is over', async function () {
    this.timeout(60_000);
    const cluster = await Cluster.start({ instances: 2, redis: 0, postgresUrl: url });
    try {
      const { process, epoch } = await cluster.leader();
      const shown = () => cluster.get<Shown>(process, '/v1/scheduler');
      const drain = await fillNotifyQueue(server.url);
      await eventually(async () => expect((await shown()).degraded).to.include('notify'), { timeoutMs: 20_000 });
      await cluster.stage('short notice', `now() + interval '1500 ms'`);
      const [row] = await cluster.recorded('short notice', 1, 20_000);
      expect(row?.cause, 'found by a look, and rung by its timer').to.equal('timer');
      // Longer than followers wait for a leader that is silent.
      await cluster.stage('later', `now() + interval '4 s'`);
      await cluster.recorded('later', 1, 20_000);
      expect((await shown()).leader?.epoch, 'a leader that cannot be heard still leads').to.equal(epoch);
      await drain();
      await eventually(async () => expect((await shown()).degraded).to.not.include('notify'), { timeoutMs: 20_000 });
      await cluster.stage('heard again', `now() + interval '100 ms'`);
      await cluster.recorded('heard again', 1);
    } finally {
      await cluster.stop();
    }
  });
});
