import { expect } from 'chai';
import { reconcile } from '../../src/commands/reconcile.ts';
import { suiteApi } from '../http/support.ts';

describe('reconcile', () => {
  const api = suiteApi();

  /** Stages whose instants passed while nobody led: the triggers are told to stand aside. */
  async function missed(count: number, start: string, end: string): Promise<void> {
    const { assignment_id } = await api.stage();
    await api.database.em().transactional(async (em) => {
      await em.execute(`INSERT INTO stage (assignment_id, name, start_date, end_date)
        SELECT '${assignment_id}', 'missed', now() + interval '1 h', now() + interval '2 h' FROM generate_series(1, ${count})`);
      await em.execute(`SELECT set_config('stagebell.advance', 'on', true)`);
      await em.execute(
        `UPDATE stage SET start_date = now() + interval '${start}', end_date = now() + interval '${end}' WHERE name = 'missed'`,
      );
      await em.execute(`UPDATE stage SET name = 'due' WHERE name = 'missed'`);
    });
  }

  it('moves everything that is due, batch after batch, and then nothing', async () => {
    await missed(2500, '-2 h', '-1 h');
    await missed(3, '-1 h', '1 h');
    const who = { instance: 'test', actor: 'boss' };
    expect(await reconcile(api.db, who)).to.deep.equal({ activated: 2503, completed: 2500, stuck: [] });
    expect(await reconcile(api.db, who)).to.deep.equal({ activated: 0, completed: 0, stuck: [] });
    const [row] = await api.database
      .em()
      .execute(`SELECT count(*)::int AS n FROM transition WHERE cause = 'sweep' AND actor = 'boss'`);
    expect(row).to.deep.equal({ n: 5003 });
  });

  it('can be asked of any instance over HTTP', async () => {
    await missed(2, '-1 h', '1 h');
    expect((await api.call('POST', '/v1/scheduler/reconcile')).body).to.deep.equal({ activated: 2, completed: 0 });
  });

  it('moves the rest where some cannot be moved, says which, and names who asked', async () => {
    await missed(20, '-2 h', '-1 h');
    const em = api.database.em();
    await em.execute(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name = 'bad' THEN RAISE 'no way'; END IF; RETURN NEW; END $$`);
    const [bad] = await em.execute(
      `UPDATE stage SET name = 'bad' WHERE id = (SELECT id FROM stage WHERE name = 'due' AND status = 'pending' LIMIT 1) RETURNING id`,
    );
    await em.execute('CREATE TRIGGER refuse BEFORE UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION refuse()');
    const { status, body } = await api.call('POST', '/v1/scheduler/reconcile');
    await em.execute('DROP FUNCTION refuse CASCADE');
    expect([status, body]).to.deep.equal([
      200,
      { activated: 19, completed: 19, stuck: [{ stage_id: bad?.['id'], code: 'P0001', error: 'no way' }] },
    ]);
    const [row] = await em.execute('SELECT actor FROM transition ORDER BY id DESC LIMIT 1');
    expect(row).to.deep.equal({ actor: 'http' });
  });
});
