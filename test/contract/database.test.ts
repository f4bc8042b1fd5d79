import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Database, Session } from '../../src/db/database.ts';
import { PgliteDatabase } from '../../src/db/embedded/pglite.ts';
import { Assignment } from '../../src/db/entities/assignment.ts';
import { CHANNEL } from '../../src/db/names.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { migrate, readSchemaState } from '../../src/db/schema/schema.ts';
import { failure } from '../support/failure.ts';
import { Hearing } from '../support/hearing.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

/** What every implementation of the Database port does; what only one can is in the files beside this. */
const IMPLEMENTATIONS = {
  PgliteDatabase: () => new PgliteDatabase('memory://', silentLog),
  PostgresDatabase: (url: string) => new PostgresDatabase(url, systemClock, silentLog),
};

for (const [name, create] of Object.entries(IMPLEMENTATIONS)) {
  describe(`${name} as a Database`, () => {
    let server: TestDatabase | undefined;
    let database: Database;
    let db: Session;
    before(async () => {
      server = name === 'PostgresDatabase' ? await createDatabase() : undefined;
      database = create(server?.url ?? '');
      await database.connect();
      db = database.openSession('contract', 5000);
    });
    after(async () => {
      await db.close();
      await database.close();
      await server?.drop();
    });
    const sql = <Row>(text: string, values: unknown[] = []) => db.query<Row>({ name: '', text }, values);

    it('migrates once, and says that it is current from then on', async () => {
      expect((await readSchemaState(db)).kind).to.equal('behind');
      expect(await migrate(database, db)).to.not.be.empty;
      expect(await readSchemaState(db)).to.deep.equal({ kind: 'current' });
      expect(await migrate(database, db)).to.deep.equal([]);
    });

    // Dates are not among them: drivers differ, so the port asks for instants as float8.
    it('answers with plain rows, the same from each driver', async () => {
      const text = `SELECT $1::text AS text, $2::float8 AS number, NULL AS nothing, $3::boolean AS truth,
        $4::float8[] AS numbers, json_build_array('a', 1.5) AS json`;
      const rows = await sql(text, ['é', 1.5, true, [1, 2.5]]);
      expect(rows.map((row) => ({ ...(row as object) }))).to.deep.equal([
        {
          text: 'é',
          number: 1.5,
          nothing: null,
          truth: true,
          numbers: [1, 2.5],
          json: ['a', 1.5],
        },
      ]);
    });

    it('runs a statement with a name again and again, with other values', async () => {
      const statement = { name: 'double', text: 'SELECT $1::float8 * 2 AS doubled' };
      for (const n of [1, 2, 3])
        expect((await db.query<{ doubled: number }>(statement, [n]))[0]?.doubled).to.equal(2 * n);
    });

    it('throws what the driver threw when the statement is at fault, and goes on', async () => {
      for (const [text, code] of [
        ['SELECT * FROM nowhere', '42P01'],
        ['SELECT 1 / 0', '22012'],
        ['SELEC', '42601'],
      ] as const) {
        const error = await failure(sql(text));
        expect(error).to.not.be.instanceOf(DatabaseUnavailableError);
        expect(error).to.have.property('code', code);
      }
      expect(await sql('SELECT 1 AS one')).to.have.length(1);
    });

    it('reads rows as entities, each time in a fresh unit of work', async () => {
      await sql(`INSERT INTO assignment (title) VALUES ('read me')`);
      const [em, other] = [database.em(), database.em()];
      const [assignment] = await em.find(Assignment, { title: 'read me' });
      expect(assignment).to.include({ title: 'read me', timeZone: 'UTC', version: 1 });
      expect((await other.find(Assignment, { title: 'read me' }))[0]).to.not.equal(assignment);
    });

    it('has ears that hear what is committed, in order, and nothing that is rolled back', async () => {
      const hearing = new Hearing(database);
      await hearing.listening(1);
      const notify = (payload: string) => sql(`SELECT pg_notify(${CHANNEL}, $1)`, [payload]);
      await sql('BEGIN');
      await notify('rolled back');
      await sql('ROLLBACK');
      await sql('BEGIN');
      await notify('in a transaction');
      expect(hearing.heard).to.deep.equal([]);
      await sql('COMMIT');
      await sql(`SELECT pg_notify('stagebell_somebody_else', 'not for us')`);
      await notify('alone');
      expect(await hearing.until('alone')).to.deep.equal(['in a transaction', 'alone']);
      await hearing.close();
      await notify('to nobody');
      expect(hearing.heard).to.deep.equal(['in a transaction', 'alone']);
    });

    it('hears an edit of a stage', async () => {
      const hearing = new Hearing(database);
      await hearing.listening(1);
      await sql(
        `INSERT INTO stage (assignment_id, name, start_date) SELECT id, 'x', '2030-01-01Z' FROM assignment LIMIT 1`,
      );
      await hearing.until(`edit ${Date.UTC(2030, 0, 1)}`);
      await hearing.close();
    });

    it('lets one at a time migrate', async () => {
      const order: string[] = [];
      const one = database.withMigrationLock(async () => {
        order.push('begins');
        await sql('SELECT 1');
        order.push('ends');
      });
      await one;
      await database.withMigrationLock(async () => order.push('next'));
      expect(order).to.deep.equal(['begins', 'ends', 'next']);
      expect(await failure(database.withMigrationLock(() => Promise.reject(new Error('stumbled'))))).to.have.property(
        'message',
        'stumbled',
      );
    });
  });
}
