import { expect } from 'chai';
import { reconcile } from '../../src/commands/reconcile.ts';
import { CLI_SUFFIX } from '../../src/db/read/tally.ts';
import { RecordedElsewhere } from '../../src/events/recorded-elsewhere.ts';
import { onEachDatabase } from '../support/on-each.ts';

onEachDatabase('What was recorded elsewhere', (database) => {
  const through = (instance: string) =>
    database().transaction(async () => {
      await database().sql(`SELECT set_config('stagebell.instance', $1, true)`, [instance]);
      await database().stage('-2 hours', '-1 hour');
    });

  it('is counted once: edits by the instance they went through, the rest by the leader', async () => {
    await through('web.1');
    const [one, two] = [new RecordedElsewhere(database().db, 'web.1'), new RecordedElsewhere(database().db, 'web.2')];
    expect(await Promise.all([one.sinceLastLook(true), two.sinceLastLook(false)])).to.deep.equal([[], []]);

    await through('web.2');
    await database().stage('-1 hour');
    await database().missed('-1 hour');
    await reconcile(database().db, { instance: `anything${CLI_SUFFIX}`, actor: 'cli' });
    expect(await one.sinceLastLook(true)).to.have.deep.members([
      { cause: 'edit', to: 'active', count: 1 },
      { cause: 'sweep', to: 'active', count: 1 },
    ]);
    expect(await two.sinceLastLook(false)).to.have.deep.members([
      { cause: 'edit', to: 'active', count: 1 },
      { cause: 'edit', to: 'completed', count: 1 },
    ]);
    expect(await one.sinceLastLook(true)).to.deep.equal([]);
  });
});
