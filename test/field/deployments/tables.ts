import type { Deployment } from '../deployment.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

/** Columns of every kind that makes comparing or restoring a row hard, before and after which ours must work. */
export const COLUMNS = `ALTER TABLE stage ADD meta json, ADD place point, ADD doc xml,
  ADD shout text GENERATED ALWAYS AS (upper(name)) STORED, ADD last int NOT NULL DEFAULT 0`;
const USE_OF_COLUMNS = `
  INSERT INTO stage (assignment_id, name, meta, place, start_date)
    SELECT id, 'with columns', '{}', '(1,2)', now() + interval '1 day' FROM assignment LIMIT 1;
  UPDATE stage SET meta = '{"a": 1}', place = '(3,4)', last = 1 WHERE name = 'with columns';
  UPDATE stage SET start_date = start_date + interval '1 day', meta = NULL WHERE name = 'with columns';
  INSERT INTO stage (id, assignment_id, name) SELECT id, assignment_id, name FROM stage WHERE name = 'with columns'
    ON CONFLICT (id) DO UPDATE SET meta = '{"b": 2}', last = stage.last + 1`;

/** What users do to the tables, and what they do with it then. */
const DONE: readonly { name: string; isLong?: boolean; sql: string; use?: string; burstMs?: number }[] = [
  { name: 'columns of json, point, xml, and a generated one', sql: COLUMNS, use: USE_OF_COLUMNS },
  {
    name: 'an audit trigger that notifies',
    sql: `CREATE TABLE audit (at timestamptz DEFAULT now(), what jsonb);
      CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO audit (what) VALUES (to_jsonb(NEW)); PERFORM pg_notify('audit', NEW.id::text); RETURN NEW; END $$;
      ALTER TABLE audit OWNER TO OWNER_ROLE;
      CREATE TRIGGER audit AFTER INSERT OR UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION audit()`,
    burstMs: 5000,
  },
  {
    name: 'a slow trigger',
    sql: `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION slow()`,
    burstMs: 15_000,
  },
];

const STUCK = `CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
  CREATE TRIGGER raise BEFORE UPDATE ON stage FOR EACH ROW WHEN (OLD.name = 'cursed') EXECUTE FUNCTION raise()`;
const CURSED = `INSERT INTO stage (assignment_id, name, start_date)
  SELECT id, 'cursed', now() + interval '300 ms' FROM assignment LIMIT 1`;

/** What keeps the tables from us, in part or whole. */
const BARRED: readonly Deployment[] = [
  {
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
  },
  {
    name: 'tables with row-level security that holds for the service',
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster() });
      await place.sql('ALTER TABLE stage ENABLE ROW LEVEL SECURITY; ALTER TABLE stage FORCE ROW LEVEL SECURITY');
      const refusal = {
        log: /row-level security/,
        readyz: /503.*row-level security/,
        doctor: /FAIL.*row-level security/,
      };
      return siteOf(place, await ground.redis(), { refusal });
    },
  },
];

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

export const TABLES: readonly Deployment[] = [...USED, ...BARRED];
