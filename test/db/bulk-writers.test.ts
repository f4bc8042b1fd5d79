import { expect } from 'chai';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';

/** Every way in which SQL writes many rows at once goes through the same triggers (G4, G5). */
onPostgres('Bulk writers', (database) => {
  const counts = async (): Promise<Record<string, number>> => {
    const rows = await database().sql<{ status: string; n: number }>(
      'SELECT status, count(*)::int AS n FROM stage GROUP BY status',
    );
    return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
  };
  afterEach(() => expectSound(database()));

  it('INSERT ... SELECT of all kinds at once', async () => {
    await database().sql(
      `INSERT INTO stage (assignment_id, name, start_date, end_date)
       SELECT $1, 'bulk', now() + i * interval '1 hour', now() + (i + 10) * interval '1 hour' FROM generate_series(-19, 10) AS i`,
      [database().assignment],
    );
    expect(await counts()).to.deep.equal({ completed: 10, active: 10, pending: 10 });
    expect(await database().record()).to.have.length(30);
  });

  it('COPY', async () => {
    const line = `${database().assignment},copied,2001-01-01 00:00:00Z,2002-01-01 00:00:00Z`;
    await database().sql(
      `COPY stage (assignment_id, name, start_date, end_date) FROM PROGRAM 'echo "${line}"; echo "${line}"' (FORMAT csv)`,
    );
    expect(await counts()).to.deep.equal({ completed: 2 });
    expect((await database().record()).map(({ to }) => to)).to.have.members([
      'active',
      'active',
      'completed',
      'completed',
    ]);
  });

  it('INSERT ... ON CONFLICT DO UPDATE, for the row that is new and the one that is not', async () => {
    const old = await database().stage('1 hour', '2 hours');
    const upsert = `INSERT INTO stage (id, assignment_id, name, start_date) VALUES
        ($2, $1, 'old', now() - interval '1 hour'), (gen_random_uuid(), $1, 'new', now() - interval '1 hour')
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, start_date = excluded.start_date`;
    await database().sql(upsert, [database().assignment, old]);
    expect(await counts()).to.deep.equal({ active: 2 });
    expect(await database().read(old)).to.include({ version: 2 });
    expect((await database().record(old)).map(({ to }) => to)).to.deep.equal(['active']);
  });

  it('MERGE that inserts, updates and deletes', async function () {
    const [server] = await database().sql<{ number: number }>(
      `SELECT current_setting('server_version_num')::int AS number`,
    );
    if ((server?.number ?? 0) < 150_000) this.skip();
    const [edited, deleted] = [
      await database().stage('1 hour', '2 hours'),
      await database().stage('-1 hour', '2 hours'),
    ];
    await database().sql(
      `MERGE INTO stage USING (VALUES ($2::uuid, 'edit'), ($3::uuid, 'delete'), (gen_random_uuid(), 'new')) AS wanted (id, what)
         ON stage.id = wanted.id
       WHEN MATCHED AND what = 'delete' THEN DELETE
       WHEN MATCHED THEN UPDATE SET start_date = now() - interval '2 hours', end_date = now() - interval '1 hour'
       WHEN NOT MATCHED THEN INSERT (id, assignment_id, name, start_date) VALUES (wanted.id, $1::uuid, what, now() - interval '1 hour')`,
      [database().assignment, edited, deleted],
    );
    expect(await counts()).to.deep.equal({ completed: 1, active: 1 });
    expect((await database().record(edited)).map(({ to }) => to)).to.deep.equal(['active', 'completed']);
  });

  it('an UPDATE of the dates of 10,000 stages, within two seconds', async function () {
    this.timeout(30_000);
    await database().sql(
      `INSERT INTO stage (assignment_id, name, start_date, end_date)
       SELECT $1, 'many', now() + interval '1 hour' + i * interval '1 s', now() + interval '1 day' FROM generate_series(1, 10000) AS i`,
      [database().assignment],
    );
    await database().sql('ANALYZE stage');
    const moves = { back: '-20 hours', forth: '20 hours' };
    for (const [name, by] of Object.entries(moves)) {
      const from = performance.now();
      await database().sql('UPDATE stage SET start_date = start_date + $1::interval', [by]);
      expect(performance.now() - from, `${name}, in milliseconds`).to.be.below(2000);
    }
    expect(await counts()).to.deep.equal({ pending: 10_000 });
    expect(await database().record()).to.have.length(20_000);
  });

  it('TRUNCATE leaves the record as it was', async () => {
    const id = await database().stage('-1 hour');
    await database().sql('TRUNCATE stage');
    expect(await database().record(id)).to.have.length(1);
  });
});
