import { expect } from 'chai';
import type { RecordedEvent } from '../../src/domain/event.ts';
import { BEGINNING, typeOf } from '../../src/domain/event.ts';
import { Feed } from '../../src/events/feed.ts';
import { onEachDatabase } from '../support/on-each.ts';
import { eventually } from '../support/wait.ts';

onEachDatabase('A feed of the record', (database) => {
  /** Counts what is asked of the database. */
  function feed() {
    const asked = { count: 0 };
    const made = new Feed(() => {
      asked.count += 1;
      return database().database.em();
    });
    return { asked, made };
  }
  function follow(made: Feed) {
    const stop = new AbortController();
    const seen: string[] = [];
    const take = async (events: RecordedEvent[]) => void seen.push(...events.map(typeOf));
    return { seen, stop, done: made.follow(BEGINNING, take, stop.signal) };
  }
  const has = (seen: string[], n: number) => eventually(async () => expect(seen).to.have.length(n));

  it('hands every event to each of its readers, and asks nothing while nothing happens', async () => {
    const { asked, made } = feed();
    await database().stage('-1 hour');
    const readers = [follow(made), follow(made)];
    for (const { seen } of readers) await has(seen, 2);
    const { count } = asked;
    await database().sql('SELECT 1');
    expect(asked.count).to.equal(count);
    await database().stage('-1 hour', '-1 minute');
    made.grown();
    for (const { seen } of readers) await has(seen, 5);
    for (const { seen } of readers) {
      expect(seen.slice(2)).to.deep.equal(['stage.created', 'stage.activated', 'stage.completed']);
    }
    for (const { stop } of readers) stop.abort();
    await Promise.all(readers.map(({ done }) => done));
  });

  it('makes a notice good that was lost, when it hears where the record ends', async () => {
    const { asked, made } = feed();
    const reader = follow(made);
    await eventually(async () => expect(asked.count).to.be.above(1));
    await database().sql('SELECT 1');
    await database().stage(null);
    const [row] = await database().sql<{ end: string }>('SELECT record_settled()::text AS end');
    made.ends(row?.end ?? '');
    await has(reader.seen, 1);
    await database().sql('SELECT 1');
    const { count } = asked;
    made.ends(row?.end ?? '');
    await database().sql('SELECT 1');
    expect(asked.count).to.equal(count);
    reader.stop.abort();
    await reader.done;
  });

  it('ends with what a reader throws', async () => {
    const { made } = feed();
    await database().stage(null);
    const failing = made.follow(BEGINNING, () => Promise.reject(new Error('full')), new AbortController().signal);
    expect(await failing.catch((error: Error) => error.message)).to.equal('full');
  });
});
