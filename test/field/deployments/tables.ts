import type { Deployment } from '../deployment.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

/** Columns of every kind that makes comparing or restoring a row hard, before and after which ours must work. */
export const COLUMNS = `ALTER TABLE stage ADD meta json, ADD place point, ADD doc xml,
  ADD shout text GENERATED ALWAYS AS (upper(name)) STORED, ADD last int NOT NULL DEFAULT 0`;
const USE_OF_MOVED = `INSERT INTO stage (assignment_id, name, start_date)
    SELECT id, 'reordered', now() - interval '1 day' FROM assignment LIMIT 1;
  UPDATE stage SET end_date = now() - interval '1 h', position = 7 WHERE name = 'reordered'`;
const USE_OF_COLUMNS = `
  INSERT INTO stage (assignment_id, name, meta, place, start_date)
    SELECT id, 'with columns', '{}', '(1,2)', now() + interval '1 day' FROM assignment LIMIT 1;
  UPDATE stage SET meta = '{"a": 1}', place = '(3,4)', last = 1 WHERE name = 'with columns';
  UPDATE stage SET start_date = start_date + interval '1 day', meta = NULL WHERE name = 'with columns';
  INSERT INTO stage (id, assignment_id, name) SELECT id, assignment_id, name FROM stage WHERE name = 'with columns'
    ON CONFLICT (id) DO UPDATE SET meta = '{"b": 2}', last = stage.last + 1`;

/** Columns of ours whose place in the table is another, and which have had other names. */
const MOVED = `ALTER TABLE stage RENAME start_date TO opens; ALTER TABLE stage RENAME end_date TO closes;
  ALTER TABLE stage RENAME closes TO end_date; ALTER TABLE stage RENAME opens TO start_date;
  ALTER TABLE stage RENAME TO phase; ALTER TABLE phase RENAME TO stage;
  ALTER TABLE stage ADD new_name text, ADD new_position integer NOT NULL DEFAULT 0;
  UPDATE stage SET new_name = name, new_position = position;
  ALTER TABLE stage DROP name, DROP position;
  ALTER TABLE stage RENAME new_name TO name; ALTER TABLE stage RENAME new_position TO position;
  ALTER TABLE stage ALTER name SET NOT NULL, ADD CONSTRAINT stage_name_length CHECK (char_length(name) BETWEEN 1 AND 200);
  CREATE INDEX stage_of_assignment ON stage (assignment_id, position);
  ALTER TABLE transition RENAME TO crossing; ALTER TABLE crossing RENAME TO transition`;

/** What users do to the tables, and what they do with it then. */
const DONE: readonly { name: string; isLong?: boolean; sql: string; use?: string; burstMs?: number }[] = [
  { name: 'columns of json, point, xml, and a generated one', sql: COLUMNS, use: USE_OF_COLUMNS },
  { name: 'columns reordered, and renamed and renamed back', isLong: true, sql: MOVED, use: USE_OF_MOVED },
  {
    name: 'wider types, and an index and a foreign key of the platform',
    isLong: true,
    sql: `ALTER TABLE stage ALTER name TYPE varchar(300), ALTER position TYPE bigint;
      CREATE TABLE submission (stage_id uuid NOT NULL REFERENCES stage (id) ON DELETE CASCADE, at timestamptz DEFAULT now());
      CREATE UNIQUE INDEX one_name ON stage (assignment_id, name, id) WHERE status <> 'completed';
      ALTER TABLE submission OWNER TO OWNER_ROLE`,
  },
  {
    name: 'an audit trigger that notifies',
    isLong: true,
    sql: `CREATE TABLE audit (at timestamptz DEFAULT now(), what jsonb);
      CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO audit (what) VALUES (to_jsonb(NEW)); PERFORM pg_notify('audit', NEW.id::text); RETURN NEW; END $$;
      ALTER TABLE audit OWNER TO OWNER_ROLE;
      CREATE TRIGGER audit AFTER INSERT OR UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION audit()`,
    burstMs: 5000,
  },
  {
    name: 'a slow trigger',
    isLong: true,
    sql: `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION slow()`,
    burstMs: 15_000,
  },
];

const STUCK = `CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
  CREATE TRIGGER raise BEFORE UPDATE ON stage FOR EACH ROW WHEN (OLD.name = 'cursed') EXECUTE FUNCTION raise()`;
const CURSED = `INSERT INTO stage (assignment_id, name, start_date)
  SELECT id, 'cursed', now() + interval '300 ms' FROM assignment LIMIT 1`;

/** One row that the database refuses to change: all others ring, and it is named. */
const STUCK_ROW: Deployment = {
  name: 'tables with a trigger that raises for one row',
  async up(ground) {
    const place = await Place.migrated({ cluster: await ground.cluster() });
    await place.sql(STUCK);
    const onReady = async (): Promise<void> => {
      await place.sql(CURSED);
    };
    const expected = { leaderDegraded: ['stuck'], behind: 1, doctor: [/FAIL.*not this one/] };
    return siteOf(place, await ground.redis(), { onReady, expected });
  },
};

const USED: readonly Deployment[] = DONE.map(({ name, isLong, sql, use, burstMs }) => ({
  name: `tables with ${name}`,
  isLong: isLong ?? false,
  async up(ground) {
    const place = await Place.migrated({ cluster: await ground.cluster() });
    await place.sql(sql.replaceAll('OWNER_ROLE', place.owner));
    const onReady = async (): Promise<void> => {
      if (use !== undefined) await place.sql(use);
    };
    return siteOf(place, await ground.redis(), { onReady, expected: burstMs === undefined ? {} : { burstMs } });
  },
}));

export const TABLES: readonly Deployment[] = [...USED, STUCK_ROW];
