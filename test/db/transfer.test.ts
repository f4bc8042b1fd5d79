import { expect } from 'chai';
import { exportTo } from '../../src/db/transfer/export.ts';
import { TransferError } from '../../src/db/transfer/format.ts';
import { importFrom } from '../../src/db/transfer/import.ts';
import { Migrated } from '../support/migrated.ts';
import { onEachDatabase } from '../support/on-each.ts';

const EMPTY =
  'TRUNCATE assignment, stage, transition, term, change, change_commit, alert, alert_event RESTART IDENTITY';
const SEED = [
  EMPTY,
  `UPDATE leadership SET epoch = 0, instance = NULL, heartbeat_at = NULL, since = NULL`,
  `INSERT INTO assignment (title) SELECT E'"quoted" \\\\ back\\nline ä ' || i FROM generate_series(1, 3) AS i`,
  `INSERT INTO stage (assignment_id, name, start_date, end_date) SELECT id, 'stage ' || i, now() - i * interval '1 minute',
    CASE WHEN i % 2 = 0 THEN now() + interval '1 day' END FROM assignment, generate_series(1, 400) AS i`,
  `UPDATE stage SET end_date = now() - interval '1 s' WHERE name = 'stage 7'`,
  `INSERT INTO term (epoch, instance, started_at) VALUES (41, 'web.1', now())`,
  `SELECT raise_alert('redis', '', 'warning', 'cause', 'cure', '', 'web.1', 0, true)`,
];

async function linesOf(from: Migrated): Promise<string[]> {
  const lines: string[] = [];
  await exportTo(from.db, '1.2.3', async (more) => void lines.push(...more));
  return lines;
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** The whole database as a stream, from either kind into either kind. */
onEachDatabase('An export', (source) => {
  const filled = async (): Promise<string[]> => {
    for (const text of SEED) await source().sql(text);
    return linesOf(source());
  };

  // The embedded database is shared with other files, which rely on its assignment.
  after(async () => {
    if (source().database.kind === 'embedded') source().assignment = await source().newAssignment();
  });

  it('is the same after an import into the other kind of database, with ids, statuses, record and terms', async function () {
    this.timeout(120_000);
    const lines = await filled();
    const target = source().database.kind === 'postgres' ? await Migrated.embedded() : await Migrated.postgres();
    try {
      await target.sql(EMPTY);
      const sums = await importFrom(target.db, each(lines));
      expect([sums['stage']?.rows, sums['transition']?.rows]).to.deep.equal([1200, 1203]);
      expect((await linesOf(target)).slice(1)).to.deep.equal(lines.slice(1));
      // The triggers are in force again, and ids and terms go on where they were: behind the alert, a number for the edit,
      // and its three.
      const lastId = async () =>
        (await target.sql<{ id: number }>('SELECT max(id)::int AS id FROM transition'))[0]?.id ?? 0;
      const before = await lastId();
      await target.db.query({
        name: '',
        text: `UPDATE stage SET start_date = NULL, end_date = NULL WHERE name = 'stage 9'`,
      });
      const [row] = await target.db.query<{ last: number; epoch: number }>({
        name: '',
        text: `SELECT (SELECT max(id) FROM transition)::int AS last, (SELECT epoch FROM leadership)::int AS epoch`,
      });
      expect(row).to.deep.equal({ last: before + 5, epoch: 41 });
    } finally {
      await target.close();
    }
  });

  it('is refused where it would not be the whole of it, and nothing of it stays', async () => {
    const lines = await filled();
    const refused = async (given: readonly string[]): Promise<string> => {
      const error = await importFrom(source().db, each(given)).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(TransferError);
      return (error as Error).message;
    };
    expect(await refused(lines)).to.include('is not empty');
    await source().sql(EMPTY);
    expect(await refused(lines.slice(0, 900))).to.include('cut off after line 900');
    expect(await refused(lines.toSpliced(500, 1))).to.include('has 1199 rows where 1200 were exported');
    expect(await refused(lines.map((line) => line.replace('stage 11"', 'stage 12"')))).to.include('damaged');
    expect(await refused(['{"something":"else"}']))
      .to.include('Line 1')
      .and.include('stagebell export');
    expect(await refused([String(lines[0]).replace(':1,', ':9,'), ...lines.slice(1)])).to.include('format 9');
    expect(await refused([String(lines[0]).replace('0001-', '9999-'), ...lines.slice(1)])).to.include('newer release');
    expect(await source().db.query({ name: '', text: 'SELECT FROM assignment' })).to.have.length(0);
  });
});
