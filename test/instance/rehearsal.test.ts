import { expect } from 'chai';
import { readLeadership } from '../../src/db/leading/leadership-row.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import { rehearseAdvance, rehearsePlan, rehearseTerm } from '../../src/instance/sessions/rehearsal.ts';
import { onPostgres } from '../support/on-each.ts';

onPostgres('A rehearsal', (database) => {
  it('changes nothing, whoever leads, and leaves every statement planned', async () => {
    const { db } = database();
    await database().missed('-1 minute', null, 3);
    const rehearse = () => Promise.all([rehearseTerm(db), rehearseAdvance(db), rehearsePlan(db)]);
    await rehearse();
    const { epoch, instance } = await readLeadership(db);
    expect({ epoch, instance }).to.deep.equal({ epoch: 0, instance: null });
    const term = await takeTerm(db, 'leader', 5000, 'always');
    await rehearse();
    expect(await readLeadership(db)).to.include({ epoch: term?.epoch, instance: 'leader' });
    expect(await database().record()).to.deep.equal([]);
    const planned = { name: 'planned', text: 'SELECT name FROM pg_prepared_statements' };
    const names = (await db.query<{ name: string }>(planned)).map(({ name }) => name);
    expect(names).to.include.members(['take_term', 'release_term', 'advance', 'horizon', 'outstanding']);
  });
});
