import { expect } from 'chai';
import { prune, readPrunable } from '../../src/db/prune.ts';
import { readPruned, readSettled } from '../../src/db/read-events.ts';
import { onEachDatabase } from '../support/on-each.ts';

onEachDatabase('Pruning the record', (database) => {
  const sql = <Row>(text: string) => database().sql<Row>(text);
  const left = async () =>
    (
      await sql<{ transitions: number; changes: number; commits: number }>(
        `SELECT (SELECT count(*) FROM transition)::int AS transitions, (SELECT count(*) FROM change)::int AS changes,
          (SELECT count(*) FROM change_commit)::int AS commits`,
      )
    )[0];
  beforeEach(async () => {
    await sql('UPDATE record_pruned SET up_to = 0');
    await sql('DELETE FROM record_consumer');
    for (let i = 0; i < 3; i++) await database().stage('-2 hours', '-1 hour');
    await sql(
      `UPDATE transition SET due_at = due_at - interval '500 days', occurred_at = occurred_at - interval '500 days'`,
    );
    await sql(`UPDATE change SET changed_at = changed_at - interval '500 days'`);
    await database().stage('-2 hours', '-1 hour');
  });

  it('takes what is older, says what it would take, and leaves the rest', async () => {
    const prunable = await readPrunable(database().db, 'P400D');
    expect(prunable).to.include({ transitions: 6, changes: 3, heldBackBy: null });
    expect(await left()).to.deep.equal({ transitions: 8, changes: 4, commits: 4 });
    await prune(database().db, prunable.upTo);
    expect(await left()).to.deep.equal({ transitions: 2, changes: 1, commits: 1 });
    expect(await readPruned(database().database.em())).to.equal(prunable.upTo);
    expect(await readPrunable(database().db, 'P400D')).to.include({ transitions: 0, changes: 0, upTo: prunable.upTo });
  });

  it('takes nothing that is younger, and everything that is older than nothing', async () => {
    expect(await readPrunable(database().db, 'P2Y')).to.include({ transitions: 0, changes: 0 });
    const all = await readPrunable(database().db, 'P0D');
    expect(all).to.include({ transitions: 8, changes: 4, upTo: await readSettled(database().database.em()) });
  });

  it('goes no further than the slowest consumer has read, and names it', async () => {
    const [third] = await sql<{ id: string }>(
      'SELECT id::text FROM transition ORDER BY transition.id OFFSET 2 LIMIT 1',
    );
    await sql(`INSERT INTO record_consumer (name, read_to) VALUES ('fast', 9000000000), ('slow', ${third?.id})`);
    const { heldBackBy, ...prunable } = await readPrunable(database().db, 'P400D');
    expect(heldBackBy).to.include({ name: 'slow', readTo: third?.id });
    expect(prunable).to.deep.equal({ upTo: third?.id, transitions: 3, changes: 2 });
  });
});
