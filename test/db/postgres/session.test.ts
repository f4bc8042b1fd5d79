import { expect } from 'chai';
import { onPostgres } from '../../support/on-each.ts';

onPostgres('A connection whose server has forgotten what was prepared', (database) => {
  const ONE = { name: 'one', text: 'SELECT 1 AS n' };

  it('is opened again, and the statement is sent once more, because nothing was done', async () => {
    const db = database().database.openSession('test', 5000);
    try {
      await db.query(ONE);
      // As a pooler does that puts another backend behind a connection.
      await db.query({ name: '', text: 'DEALLOCATE ALL' });
      expect(await db.query(ONE)).to.deep.equal([{ n: 1 }]);
      expect(await db.query(ONE)).to.deep.equal([{ n: 1 }]);
    } finally {
      await db.close();
    }
  });

  it('goes on where somebody has changed the type of a column', async () => {
    const db = database().database.openSession('test', 5000);
    const read = { name: 'read', text: 'SELECT * FROM grade' };
    await database().sql('CREATE TABLE grade (n integer)');
    try {
      await db.query(read);
      await database().sql('ALTER TABLE grade ALTER n TYPE text');
      expect(await db.query(read)).to.deep.equal([]);
    } finally {
      await db.close();
      await database().sql('DROP TABLE grade');
    }
  });
});
