import { Migration, Migrator } from '@mikro-orm/migrations';
import { expect } from 'chai';
import { careful, inTries, MigrationError } from '../../src/db/schema/careful-migration.ts';
import { onPostgres } from '../support/on-each.ts';
import { untilBlocking } from '../support/waits.ts';

class Widen extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE stage ADD COLUMN wide integer');
  }
}
class Fail extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE stage ADD COLUMN name integer');
  }
}

onPostgres('A migration', (database) => {
  let current = '';
  /** As schema.ts does it. */
  function up(name: string, migration: typeof Widen) {
    const { orm } = database().database;
    const list = careful([{ name, class: migration }], (begun) => {
      current = begun;
    });
    orm.config.set('migrations', {
      ...orm.config.get('migrations'),
      tableName: 'test_migration',
      migrationsList: list,
      snapshot: false,
      allOrNothing: true,
      silent: true,
    });
    return inTries(
      () => new Migrator(database().database.em() as never).up(),
      () => current,
    );
  }

  it('waits for its locks a moment at a time, so that nobody waits behind it for long, and gets through', async () => {
    const reader = await database().connect();
    await reader.query('BEGIN; SELECT FROM stage');
    const migrated = up('9001-widen', Widen);
    await untilBlocking(database(), reader);
    const waiting = await database().connect();
    await waiting.query(`SET lock_timeout = '3 s'`);
    // Queues behind the migration, and is through while the reader is still there.
    await waiting.query('SELECT FROM stage');
    await reader.query('COMMIT');
    expect((await migrated).map(({ name }) => name)).to.deep.equal(['9001-widen']);
  });

  it('names what keeps the database from any change, for readers that see nothing but the cause', async () => {
    const readOnly = Object.assign(new Error('cannot execute ALTER TABLE in a read-only transaction'), {
      code: '25006',
    });
    const { trouble } = new MigrationError('9003-any', readOnly);
    expect(trouble.cause).to.match(/read-only.*9003-any failed/);
  });

  it('that fails says which one it is and why, without its script', async () => {
    const error = await up('9002-fail', Fail).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(MigrationError);
    expect(error.message).to.match(
      /^Migration 9002-fail failed and was taken back \(column "name" .* already exists\)\. /,
    );
    expect(error.message).to.contain('something with that name exists already');
  });
});
