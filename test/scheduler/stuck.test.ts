import { expect } from 'chai';
import { findStuck } from '../../src/db/leading/stuck.ts';
import { onPostgres } from '../support/on-each.ts';
import { expectSound } from '../support/record.ts';
import { ScheduledTerm } from '../support/scheduled-term.ts';
import { eventually } from '../support/wait.ts';

/** Ways in which a platform can keep us from moving a stage that is called `bad`, and whether one can be told from the batch. */
const WAYS: Record<string, { by: string; mend: string; says: RegExp }> = {
  'a trigger that raises': {
    by: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name LIKE 'bad%' THEN RAISE 'no way'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE',
    says: /no way/,
  },
  'a trigger that cannot reach another server': {
    by: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name LIKE 'bad%' THEN RAISE 'could not connect to server' USING ERRCODE = '08001'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse AFTER UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE',
    says: /could not connect/,
  },
  'a trigger that keeps the row': {
    by: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name LIKE 'bad%' THEN RETURN NULL; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE',
    says: /keeps the row/,
  },
  'a trigger that takes the status back': {
    by: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name LIKE 'bad%' THEN NEW.status := OLD.status; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE',
    says: /keeps the row/,
  },
  'a check that is not valid': {
    by: `ALTER TABLE stage ADD CONSTRAINT good CHECK (name NOT LIKE 'bad%') NOT VALID`,
    mend: 'ALTER TABLE stage DROP CONSTRAINT good',
    says: /violates check constraint "good"/,
  },
  'a generated column that overflows': {
    by: `ALTER TABLE stage ADD COLUMN tiny smallint GENERATED ALWAYS AS
      (CASE WHEN name LIKE 'bad%' AND status <> 'pending' THEN 99999 ELSE 0 END) STORED`,
    mend: 'ALTER TABLE stage DROP COLUMN tiny',
    says: /smallint out of range/,
  },
  'a record that refuses its row': {
    by: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF (SELECT name LIKE 'bad%' FROM stage WHERE id = NEW.stage_id) THEN RAISE 'not for the record'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON transition FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE',
    says: /not for the record/,
  },
  'a record that leaves its row out': {
    by: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF (SELECT name LIKE 'bad%' FROM stage WHERE id = NEW.stage_id) THEN RETURN NULL; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON transition FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE',
    says: /keeps rows out of the table transition/,
  },
  'a constraint that is checked at commit': {
    by: `CREATE TABLE allowed (stage_id uuid PRIMARY KEY);
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name LIKE 'bad%' THEN RAISE 'not at the end'; END IF; RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON stage DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE; DROP TABLE allowed',
    says: /not at the end/,
  },
  'a trigger that sleeps': {
    by: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name LIKE 'bad%' THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse AFTER UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION refuse()`,
    mend: 'DROP FUNCTION refuse CASCADE',
    says: /takes longer/,
  },
};

onPostgres('A stage that cannot be moved', (database) => {
  let term: ScheduledTerm | undefined;
  const mend: string[] = [];
  const run = async (script: string): Promise<void> => {
    const client = await database().connect();
    await client.query(script);
  };
  const breaks = async (way: string): Promise<RegExp> => {
    const { by, mend: mending, says } = WAYS[way] as (typeof WAYS)[string];
    mend.push(mending);
    await run(by);
    return says;
  };
  const mended = async (): Promise<void> => {
    for (const script of mend.splice(0)) await run(script);
  };
  const call = (ids: readonly string[], name: string): Promise<unknown> =>
    database().transaction(async () => {
      await database().sql('SET LOCAL session_replication_role = replica');
      await database().sql('UPDATE stage SET name = $2 || id WHERE id = ANY ($1::uuid[])', [ids, name]);
    });
  const stuck = (): readonly { id: string; reason: string }[] => term?.scheduler.stuck ?? [];
  afterEach(async () => {
    await term?.end();
    term = undefined;
    await mended();
    await expectSound(database());
  });

  for (const way of Object.keys(WAYS)) {
    it(`by ${way}: all others ring, it is named, and moves when it is mended`, async function () {
      this.timeout(20_000);
      const bad = await database().stage('500 ms');
      const good = [await database().stage('500 ms'), await database().stage('500 ms', '600 ms')];
      await call([bad], 'bad');
      const says = await breaks(way);
      term = await ScheduledTerm.begin(database());
      await term.moved(3, 10_000);
      await eventually(() => expect(stuck().map(({ id }) => id)).to.deep.equal([bad]));
      expect(stuck()[0]?.reason).to.match(says);
      // Once it is known it costs the others nothing.
      const next = await database().stage('200 ms');
      term.scheduler.edited([(await database().read(next)).startMs ?? 0]);
      await term.moved(4);
      const [ring] = await database().record(next);
      expect((ring?.occurredMs ?? 0) - (ring?.dueMs ?? 0), 'lateness of the next').to.be.within(0, 500);
      for (const id of good) expect((await database().read(id)).status).not.to.equal('pending');
      await mended();
      await term.moved(5, 12_000);
      expect(stuck()).to.deep.equal([]);
    });
  }

  it('is found from outside, without moving any', async () => {
    const says = await breaks('a trigger that raises');
    const [bad = ''] = await database().missed('-1 minute', '-30 s', 3);
    await call([bad], 'bad');
    const found = await findStuck(database().db);
    expect(found.map(({ id }) => id)).to.deep.equal([bad]);
    expect(found[0]?.reason).to.match(says);
    expect(await database().record()).to.deep.equal([]);
  });

  it('moves at once when an edit mends it', async () => {
    await breaks('a trigger that raises');
    const bad = await database().stage('100 ms');
    await call([bad], 'bad');
    term = await ScheduledTerm.begin(database());
    await eventually(() => expect(stuck()).to.have.length(1));
    const { startMs } = await database().read(bad);
    await call([bad], 'good');
    term.scheduler.edited([startMs ?? 0]);
    await term.moved(1, 400);
  });

  it('in a burst of which half is bad: the other half is moved', async function () {
    this.timeout(30_000);
    await breaks('a trigger that raises');
    const ids = await database().missed('-1 minute', null, 5000);
    await call(
      ids.filter((_, i) => i % 2 === 0),
      'bad',
    );
    term = await ScheduledTerm.begin(database(), { batch: 1000 });
    await term.moved(2500, 15_000);
    expect(stuck()).to.have.length(2500);
  });

  it('of which none is to blame by itself: moved in smaller batches', async () => {
    mend.push('DROP FUNCTION refuse CASCADE');
    await run(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF (SELECT count(*) FROM changed) > 10 THEN RAISE 'too many'; END IF; RETURN NULL; END $$;
      CREATE TRIGGER refuse AFTER UPDATE ON stage REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse()`);
    await database().missed('-1 minute', null, 100);
    term = await ScheduledTerm.begin(database(), { batch: 1000 });
    await term.moved(100);
    expect(stuck()).to.deep.equal([]);
  });
});
