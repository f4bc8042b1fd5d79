import { expect } from 'chai';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { BEGINNING, idOf, type Place, placeOfId } from '../../src/domain/event.ts';
import { Feed } from '../../src/events/feed.ts';
import type { Wanted } from '../../src/events/filter.ts';
import { Hub, type OpenStream } from '../../src/events/hub.ts';
import { readSettledPage } from '../../src/events/read-page.ts';
import type { Sink } from '../../src/events/stream-reader.ts';
import { Random } from '../proof/random.ts';
import { onEachDatabase } from '../support/on-each.ts';
import { eventually } from '../support/wait.ts';

const ALL: Wanted = { types: null };

/** What a reader got. A slow one takes a write at a time, when everything else has had its turn. */
class Client implements Sink {
  text = '';
  unsent = 0;
  sent = 0;
  isFull = false;
  isCutOff = false;
  readonly #isSlow: boolean;

  constructor(isSlow = false) {
    this.#isSlow = isSlow;
  }

  write(bytes: Buffer | string): void {
    this.text += bytes.toString();
    if (this.#isSlow) this.isFull = true;
  }

  async drained(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.isFull = false;
  }

  cutOff(): void {
    this.isCutOff = true;
  }

  get blocks(): string[] {
    return this.text.split('\n\n').slice(0, -1);
  }

  /** The ids of its events, in order. */
  get ids(): string[] {
    return [...this.text.matchAll(/^id: (.*)\ndata: /gm)].map(([, id = '']) => id);
  }
}

/** Its timers tick when they are told to. */
function handClock() {
  const ticks = new Set<() => void>();
  const every: Clock['every'] = (_, tick) => {
    ticks.add(tick);
    return { cancel: () => ticks.delete(tick) };
  };
  return { clock: { ...systemClock, every }, ticks };
}

onEachDatabase('Live streams', (database) => {
  /** A hub as each instance has one. */
  function instance() {
    const asked = { count: 0, isAway: false };
    const em = () => {
      asked.count += 1;
      if (asked.isAway) throw new DatabaseUnavailableError('away');
      return database().database.em();
    };
    const feed = new Feed(em);
    const { clock, ticks } = handClock();
    const hub = new Hub(feed, { kind: database().database.kind, em }, clock, silentLog);
    const streams: OpenStream[] = [];
    const open = async (wanted: Wanted, from: Place | null, client = new Client()): Promise<Client> => {
      const stream = await hub.open(wanted, from);
      streams.push(stream);
      stream.start(client);
      return client;
    };
    const close = () => {
      for (const stream of streams) stream.close();
    };
    const keepAlive = () => {
      for (const tick of ticks) tick();
    };
    return { hub, feed, open, close, asked, ticks, keepAlive, streams };
  }

  /** The ids of the record, as pages tell them. */
  async function recorded(wanted: Wanted = ALL, after: Place = BEGINNING): Promise<string[]> {
    const em = database().database.em();
    const { settled } = new Feed(() => em);
    const ids: string[] = [];
    for (let from: Place | null = after; from !== null; ) {
      const page = await readSettledPage(em, settled, { after: from, of: wanted, types: wanted.types, limit: 500 });
      ids.push(...page.events.map(({ place }) => idOf(place)));
      from = page.next;
    }
    return ids;
  }

  const changed = (id: string) => database().sql(`UPDATE stage SET name = name || '.' WHERE id = $1`, [id]);

  it('give every event once and in order, whoever joins, whenever, from wherever, however slowly it reads', async () => {
    const random = new Random(7);
    const [one, two] = [instance(), instance()];
    const joined: { client: Client; from: Place | null; known: () => number }[] = [];
    const stage = await database().stage('-1 hour', '-1 minute');
    let known = await recorded();
    for (let round = 0; round < 30; round++) {
      let atEnd = 0;
      const work = random.chance(0.5) ? changed(stage) : database().stage('-1 hour', '-1 minute');
      for (const where of [one, two]) {
        const from = random.pick<Place | null>([null, BEGINNING, placeOfId(random.pick(known))]);
        const client = await where.open(ALL, from, new Client(random.chance(0.5)));
        joined.push({ client, from, known: () => atEnd });
      }
      await work;
      known = await recorded();
      atEnd = known.length;
      // One of them may have read what the other has yet to read.
      if (random.chance(0.7)) one.feed.grown();
      if (random.chance(0.7)) two.feed.grown();
      if (random.chance(0.2)) one.keepAlive();
    }
    for (const { feed } of [one, two]) feed.grown();
    const all = await recorded();
    const last = all.at(-1) ?? '';
    await eventually(() => {
      for (const { client } of joined) expect(client.text).to.contain(`id: ${last}\n`);
    });
    for (const { client, from, known } of joined) {
      if (from !== null) expect(client.ids).to.deep.equal(all.filter((id) => id > idOf(from) || from === BEGINNING));
      else
        expect(client.ids)
          .to.deep.equal(all.slice(-client.ids.length))
          .and.have.length.least(all.length - known());
    }
    for (const { close } of [one, two]) close();
  });

  it('give by filters what pages give, from the past and from now on', async () => {
    const { open, close, feed } = instance();
    const [mine, other] = [database().assignment, await database().newAssignment()];
    const stage = await database().stage('-1 hour');
    const filters: Wanted[] = [
      { types: ['stage.edited', 'stage.completed'] },
      { stageId: stage, types: null },
      { assignmentId: mine, types: null },
      { assignmentId: other, types: null },
      { assignmentId: other, stageId: stage, types: ['stage.edited'] },
      { stageId: '00000000-0000-4000-8000-000000000000', types: null },
    ];
    const clients = await Promise.all(filters.flatMap((wanted) => [open(wanted, BEGINNING), open(wanted, null)]));
    const everything = await open(ALL, BEGINNING);
    const [begun] = await Promise.all([
      recorded(),
      eventually(async () => expect(everything.ids).not.to.deep.equal([])),
    ]);
    await database().stage('-1 hour', '-1 minute');
    await changed(stage);
    for (const to of [other, mine])
      await database().sql('UPDATE stage SET assignment_id = $2 WHERE id = $1', [stage, to]);
    await database().sql('DELETE FROM stage WHERE id = $1', [stage]);
    feed.grown();
    const all = await recorded();
    await eventually(() => expect(everything.ids).to.deep.equal(all));
    for (const [i, wanted] of filters.entries()) {
      const asked = await recorded(wanted);
      const [old, late] = [clients[2 * i], clients[2 * i + 1]];
      await eventually(() => expect(old?.ids, JSON.stringify(wanted)).to.deep.equal(asked));
      expect(late?.ids, JSON.stringify(wanted)).to.deep.equal(asked.filter((id) => !begun.includes(id)));
    }
    close();
  });

  it('tell a reader what it has missed where the record was pruned or restored, and go on', async () => {
    const { open, close, feed } = instance();
    for (let i = 0; i < 3; i++) await database().stage(null);
    const ids = await recorded();
    const [lost, live] = await Promise.all([open(ALL, placeOfId(ids[0] ?? '')), open(ALL, null)]);
    const ahead = await open(ALL, { number: String(BigInt(ids.at(-1)?.slice(0, 19) ?? 0) + 100n), n: 0 });
    await eventually(() => expect(ahead.text).to.match(/^event: stale\nid: .*\ndata: {"code":"events_ahead"/));
    await eventually(() => expect(lost.ids).to.deep.equal(ids.slice(1)));
    const pruned = placeOfId(ids[1] ?? '') as Place;
    await database().sql('UPDATE record_pruned SET up_to = $1, n = $2', [pruned.number, pruned.n]);
    const fresh = instance();
    const [late, beginner] = [await fresh.open(ALL, placeOfId(ids[0] ?? '')), await fresh.open(ALL, BEGINNING)];
    await eventually(() => {
      expect(late.text).to.match(new RegExp(`^event: stale\nid: ${ids[1]}\ndata: {"code":"events_pruned"`));
      expect([late.ids.slice(1), beginner.ids]).to.deep.equal([ids.slice(2), ids.slice(2)]);
    });
    // Pruned under a live stream.
    await database().stage(null);
    const all = await recorded();
    const end = placeOfId(all.at(-1) ?? '') as Place;
    await database().sql('UPDATE record_pruned SET up_to = $1, n = $2', [end.number, end.n]);
    feed.grown();
    await eventually(() => expect(live.text).to.contain(`event: stale\nid: ${all.at(-1)}\n`));
    await database().stage(null);
    feed.grown();
    await eventually(async () => expect(live.ids.at(-1)).to.equal((await recorded()).at(-1)));
    await database().sql('UPDATE record_pruned SET up_to = 0, n = 0');
    for (const one of [{ close }, fresh]) one.close();
  });

  it('survive an outage of the database, and miss nothing', async () => {
    const { open, close, feed, asked, keepAlive } = instance();
    await database().stage(null);
    const [live, late] = await Promise.all([open(ALL, null), open(ALL, BEGINNING)]);
    await eventually(() => expect(late.ids).to.have.length(1));
    asked.isAway = true;
    feed.grown();
    const came = await open(ALL, BEGINNING);
    const { count } = asked;
    await eventually(() => expect(asked.count).to.be.above(count));
    keepAlive();
    await eventually(() => expect(came.blocks.at(-1)).to.equal(':'));
    await database().stage(null);
    asked.isAway = false;
    const all = await recorded();
    await eventually(() => expect([live.ids, late.ids, came.ids]).to.deep.equal([all.slice(-1), all, all]));
    close();
  });

  it('end readers that take nothing, and tell the others up to where they have everything', async () => {
    const { open, close, hub, keepAlive } = instance();
    await database().stage(null);
    const [all, none, stuck] = await Promise.all([
      open(ALL, null),
      open({ types: ['stage.deleted'] }, null),
      open(ALL, null),
    ]);
    Object.assign(stuck, { unsent: 10, sent: 1 });
    const end = (await recorded()).at(-1) ?? '';
    for (let i = 0; i < 3; i++) {
      expect(stuck.isCutOff).to.equal(false);
      keepAlive();
      await eventually(() => expect(all.blocks).to.have.length(i + 1));
    }
    await eventually(() => {
      keepAlive();
      for (const { blocks } of [all, none]) expect((blocks.at(-1) ?? '') >= `id: ${end}`, blocks.at(-1)).to.equal(true);
    });
    expect([stuck.isCutOff, all.isCutOff, hub.counts.cutOff]).to.deep.equal([true, false, 1]);
    close();
  });

  it('end a reader that has a megabyte to take', async () => {
    const { open, close, feed, hub } = instance();
    const big = await open(ALL, null);
    big.unsent = 2 ** 20 + 1;
    await database().stage(null);
    feed.grown();
    await eventually(() => expect([big.isCutOff, hub.counts.cutOff]).to.deep.equal([true, 1]));
    close();
  });

  it('cost nothing once nobody reads', async () => {
    const { open, close, feed, asked, ticks, hub } = instance();
    await Promise.all([open(ALL, null), open(ALL, BEGINNING)]);
    expect([hub.counts.readers, ticks.size]).to.deep.equal([2, 1]);
    close();
    close();
    // What was under way comes to its end.
    const count = await eventually(async () => {
      const { count } = asked;
      for (let i = 0; i < 3; i++) await database().sql('SELECT 1');
      expect(asked.count).to.equal(count);
      return count;
    });
    await database().stage(null);
    feed.grown();
    await database().sql('SELECT 1');
    expect([hub.counts.readers, ticks.size, asked.count]).to.deep.equal([0, 0, count]);
  });
});
