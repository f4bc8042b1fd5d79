import { expect } from 'chai';
import { hashOf, newSecret } from '../../src/access/secret.ts';
import { type Clock, systemClock, type Timer } from '../../src/base/clock.ts';
import { createKey } from '../../src/commands/create-key.ts';
import { revokeKey } from '../../src/commands/revoke-key.ts';
import type { Queryable } from '../../src/db/database.ts';
import { Dispatcher } from '../../src/db/dispatcher.ts';
import { readKey } from '../../src/db/read/keys.ts';
import { StoredKeys } from '../../src/keys/stored-keys.ts';
import { Hearing } from '../support/hearing.ts';
import { onEachDatabase } from '../support/on-each.ts';
import { eventually } from '../support/wait.ts';

onEachDatabase('Keys in the database', (database) => {
  let offsetMs = 0;
  let timers: (() => void)[] = [];
  /** The time of the machine, which a test may set forward; its timers are rung by hand. */
  const clock: Clock = {
    ...systemClock,
    monoMs: () => systemClock.monoMs() + offsetMs,
    after: (ms, callback): Timer => {
      // The patience with the database is real.
      if (ms === 1000 && isAway) return systemClock.after(10, callback);
      timers.push(callback);
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== callback);
        },
      };
    },
  };
  let asked = 0;
  let isAway = false;
  const db: Queryable = {
    query: (statement, values) => {
      if (isAway) return new Promise(() => {});
      asked += 1;
      return database().database.query(statement, values);
    },
  };
  let dispatcher: Dispatcher;
  let keys: StoredKeys;
  const writer = () => ({ database: database().database, instance: 'test', actor: 'boss' });
  const make = (name: string, expiresMs: number | null = null) =>
    createKey(writer(), { name, scope: 'write', expiresMs });
  const find = (secret: string) => keys.find(hashOf(secret).toString('hex'));

  beforeEach(async () => {
    [offsetMs, asked, isAway, timers] = [0, 0, false, []];
    dispatcher = new Dispatcher();
    keys = new StoredKeys(db, clock);
    keys.listenTo(dispatcher);
  });
  afterEach(async () => {
    keys.close();
    // Other files share the embedded database.
    await database().sql('DELETE FROM api_key');
  });

  it('are found by the hash of their secret, and then remembered, as is what is no key', async () => {
    expect(await keys.isAny()).to.equal(false);
    const { secret } = await make('office');
    const unknown = newSecret();
    asked = 0;
    const found = await Promise.all([find(secret), find(secret), find(unknown)]);
    expect(found).to.deep.equal([{ name: 'office', scope: 'write' }, { name: 'office', scope: 'write' }, null]);
    await find(secret);
    await find(unknown);
    // The first asked at once, and the others together.
    expect(asked).to.be.at.most(2);
    dispatcher.tell({ kind: 'keys' });
    expect(await keys.isAny()).to.equal(true);
  });

  it('open nothing once they are revoked, or have expired, or somebody deletes them', async () => {
    const hearing = new Hearing(database().database);
    await hearing.listening(1);
    const [one, two] = [await make('one'), await make('two')];
    const soon = await make('soon', systemClock.wallMs() + 60_000);
    for (const { secret } of [one, two, soon]) expect(await find(secret)).to.not.equal(null);
    hearing.heard.length = 0;
    await revokeKey(writer(), one.id);
    // Heard by every instance.
    await hearing.until('keys');
    dispatcher.tell({ kind: 'keys' });
    expect(await find(one.secret)).to.equal(null);
    expect(await find(two.secret)).to.not.equal(null);
    await database().sql('DELETE FROM api_key WHERE id = $1', [two.id]);
    // One that hears nothing.
    offsetMs = 31_000;
    expect(await find(two.secret)).to.equal(null);
    expect(await find(soon.secret)).to.not.equal(null);
    isAway = true;
    offsetMs += 61_000;
    expect(await find(soon.secret), 'expiry needs no database').to.equal(null);
    await hearing.close();
  });

  it('go on while the database is away; what is not remembered is not called unknown', async () => {
    const { secret } = await make('office');
    await find(secret);
    isAway = true;
    dispatcher.tell({ kind: 'missed' });
    expect(await find(secret)).to.deep.equal({ name: 'office', scope: 'write' });
    const error = await find(newSecret()).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'database_unavailable', status: 503 });
    isAway = false;
    keys = new StoredKeys(db, clock);
    expect(await find(secret)).to.not.equal(null);
  });

  it('say when they were last used, once a minute and beside the requests', async () => {
    const { id, secret } = await make('office');
    asked = 0;
    for (let i = 0; i < 5; i++) await find(secret);
    expect([asked, timers.length]).to.deep.equal([1, 1]);
    timers.pop()?.();
    const lastUsed = async () => (await readKey(database().database.em(), id))?.lastUsedMs;
    await eventually(async () => expect(await lastUsed()).to.be.closeTo(systemClock.wallMs(), 5000));
    expect(timers).to.have.length(0);
  });

  it('have names of their own, which one that was revoked or has expired gives back', async () => {
    const first = await make('office');
    const again = await make('office').catch((thrown: unknown) => thrown);
    expect(again).to.include({ code: 'conflict', status: 409 });
    await revokeKey(writer(), first.id);
    await make('office');
    expect(await make('late', 1).catch((thrown: unknown) => thrown)).to.include({ status: 422 });
    await make('late', systemClock.wallMs() + 60_000);
    await database().sql(
      `UPDATE api_key SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day' WHERE name = 'late'`,
    );
    expect((await make('late')).name).to.equal('late');
  });
});
