import { expect } from 'chai';
import { MIGRATIONS_TABLE } from '../../src/db/names.ts';
import { mendRecordIds } from '../../src/db/record-ids.ts';
import { COLUMNS, driftInWords, readDrift } from '../../src/db/schema/drift.ts';
import { onEachDatabase, onPostgres } from '../support/on-each.ts';

onEachDatabase('Tables that nobody has touched', (database) => {
  it('have not drifted', async () => {
    expect(await readDrift(database().db)).to.deep.equal([]);
    expect(driftInWords([])).to.equal(null);
  });

  it('have the columns that are looked for, and no others', async () => {
    const found = await database().sql<{ table: string; columns: string[] }>(
      `SELECT relname::text AS table, array_remove(array_agg(attname::text ORDER BY attname), NULL) AS columns
       FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attname <> 'only_row'
       WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> $1 GROUP BY relname`,
      [MIGRATIONS_TABLE],
    );
    const expected = Object.entries(COLUMNS).map(([table, names]) => [table, names.split(' ').filter(Boolean).sort()]);
    expect(Object.fromEntries(found.map(({ table, columns }) => [table, columns]))).to.deep.equal(
      Object.fromEntries(expected),
    );
  });
});

const CASES: { by: string; undo: string; cause: string; cure: string }[] = [
  {
    by: 'ALTER TABLE stage DISABLE TRIGGER stage_notify_insert',
    undo: 'ALTER TABLE stage ENABLE TRIGGER stage_notify_insert',
    cause: 'trigger stage_notify_insert on stage is disabled',
    cure: 'ALTER TABLE stage ENABLE TRIGGER stage_notify_insert',
  },
  {
    by: 'ALTER TRIGGER leadership_say ON leadership RENAME TO shout',
    undo: 'ALTER TRIGGER shout ON leadership RENAME TO leadership_say',
    cause: 'trigger leadership_say on leadership is missing',
    cure: 'restore',
  },
  {
    by: 'DROP INDEX stage_by_start',
    undo: 'CREATE INDEX stage_by_start ON stage (status, start_date, id)',
    cause: 'index stage_by_start is missing or invalid',
    cure: 'CREATE INDEX CONCURRENTLY stage_by_start ON stage (status, start_date, id)',
  },
  {
    by: 'ALTER TABLE stage RENAME COLUMN position TO place',
    undo: 'ALTER TABLE stage RENAME COLUMN place TO position',
    cause: 'column stage.position is missing',
    cure: 'rename it back',
  },
  {
    by: 'ALTER TABLE batch_slot RENAME TO slots',
    undo: 'ALTER TABLE slots RENAME TO batch_slot',
    cause: 'table batch_slot is missing',
    cure: 'rename it back',
  },
];

onPostgres('Tables in other people’s hands', (database) => {
  for (const { by, undo, cause, cure } of CASES) {
    it(`are told of: ${by}`, async () => {
      await database().sql(by);
      try {
        const trouble = driftInWords(await readDrift(database().db));
        expect(trouble?.cause).to.contain(cause);
        expect(trouble?.cure).to.contain(cure);
      } finally {
        await database().sql(undo);
      }
    });
  }

  it('are told of where the record was given to a role that is not the owner of the functions', async () => {
    const owner = `owner_${process.pid}`;
    await database().sql(`CREATE ROLE ${owner}`);
    await database().sql(`ALTER FUNCTION edit_record() OWNER TO ${owner}`);
    try {
      const drift = await readDrift(database().db);
      expect(drift).to.deep.include({ what: 'owner', table: 'transition', name: owner });
      expect(driftInWords(drift)?.cure).to.contain(`ALTER TABLE transition OWNER TO ${owner}`);
    } finally {
      await database().sql('ALTER FUNCTION edit_record() OWNER TO CURRENT_USER');
      await database().sql(`DROP ROLE ${owner}`);
    }
  });

  it('with rows that came without their sequence: the ids of the record go on behind the last one', async () => {
    await database().stage('-1 hour');
    await database().stage('-1 hour');
    const ids = `pg_get_serial_sequence('transition', 'id')`;
    await database().sql(`SELECT setval(${ids}, 1, false)`);
    expect(await readDrift(database().db)).to.deep.equal([{ what: 'sequence', table: 'transition', name: 'id' }]);
    expect(await mendRecordIds(database().db)).to.equal(true);
    expect(await readDrift(database().db)).to.deep.equal([]);
    await database().stage('-1 hour');
    expect(await mendRecordIds(database().db), 'nothing is left to mend').to.equal(false);
  });
});
