import { expect } from 'chai';
import { ENTITIES } from '../../src/db/entities/all.ts';
import { instantOf, msOfText } from '../../src/db/entities/instant.ts';
import { MIGRATIONS_TABLE } from '../../src/db/names.ts';
import { onEachDatabase } from '../support/on-each.ts';

/** Tables whose rows nobody reads (see ENTITIES), and that of the ORM's own migrations. */
const WITHOUT = ['batch_slot', 'change_gate', 'edit', 'record_gate', MIGRATIONS_TABLE];
/** As PostgreSQL writes types, by what MikroORM calls them. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  bigserial: 'bigint',
  'timestamptz(3)': 'timestamp(3) with time zone',
  timestamptz: 'timestamp with time zone',
};

interface Column {
  table: string;
  name: string;
  type: string;
  isNullable: boolean;
  isKey: boolean;
  refersTo: string | null;
}

const COLUMNS = `SELECT relname::text AS table, attname::text AS name, format_type(atttypid, atttypmod) AS type,
    NOT attnotnull AS "isNullable", EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p' AND attnum = ANY (conkey)) AS "isKey",
    (SELECT confrelid::regclass::text FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f' AND attnum = ANY (conkey)) AS "refersTo"
  FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
  WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    AND relname <> ALL ($1::text[])`;

const inWords = (columns: Column[]): string[] =>
  columns
    .map(({ table, name, type, isNullable, isKey, refersTo }) =>
      [`${table}.${name} ${type}`, isNullable && 'null', isKey && 'key', refersTo && `of ${refersTo}`]
        .filter(Boolean)
        .join(', '),
    )
    .sort();

onEachDatabase('The entities', (database) => {
  it('are the tables: columns, types, what may be null, keys and relations', async () => {
    const { orm } = database().database;
    const ours = ENTITIES.flatMap((entity) => {
      const meta = orm.getMetadata(entity);
      const stored = meta.props.filter(({ kind, formula }) => (kind === 'scalar' || kind === 'm:1') && !formula);
      return stored.map((prop) => ({
        table: meta.tableName,
        name: prop.fieldNames[0] ?? '',
        type: TYPES[prop.columnTypes[0] ?? ''] ?? prop.columnTypes[0] ?? '',
        isNullable: prop.nullable === true,
        isKey: prop.primary === true,
        refersTo: prop.targetMeta?.tableName ?? null,
      }));
    });
    expect(inWords(ours)).to.deep.equal(inWords(await database().sql<Column>(COLUMNS, [WITHOUT])));
  });

  it('read each instant that a table can have', async () => {
    for (const text of [
      '2026-11-27 09:00:00.123Z',
      '0001-01-01Z',
      '0044-03-15 12:00Z BC',
      '12026-01-01Z',
      'infinity',
      '-infinity',
      '1970-01-01Z',
    ]) {
      for (const zone of ['UTC', 'Asia/Kolkata', 'America/St_Johns']) {
        const [row] = await database().sql<{ text: string; back: boolean; ms: number }>(
          `SELECT set_config('TimeZone', $2, false), $1::timestamptz::text AS text`,
          [text, zone],
        );
        await database().sql(`RESET TimeZone`);
        const [same] = await database().sql<{ is: boolean }>('SELECT $1::timestamptz = $2::timestamptz AS is', [
          text,
          instantOf(msOfText(row?.text ?? '')),
        ]);
        expect(same?.is, `${text} in ${zone}: ${row?.text}`).to.equal(true);
      }
    }
  });
});
