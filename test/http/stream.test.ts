import { expect } from 'chai';
import { EventSource } from 'eventsource';
import type { Authenticator } from '../../src/access/authenticator.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Feed } from '../../src/events/feed.ts';
import { Hub } from '../../src/events/hub.ts';
import { KEY_WATCH_MS } from '../../src/http/stream/key-watch.ts';
import { StreamClient } from '../support/stream-client.ts';
import { eventually } from '../support/wait.ts';
import { RawConnection } from './raw.ts';
import { inSeconds, type Json, NO_METRICS, recordingLog, suiteApi, type TestApi } from './support.ts';

const open = (api: TestApi, query = '', headers = {}) => StreamClient.open(`${api.url}/v1/events${query}`, headers);

for (const kind of ['postgres', 'embedded'] as const) {
  describe(`A stream of events (${kind})`, () => {
    const api = suiteApi({}, kind);
    const grew = () => api.feed.grown();
    const items = async (query: string): Promise<Json[]> => (await api.call('GET', `/v1/events?${query}`)).body.items;
    const end = async (): Promise<string> => (await api.call('GET', '/v1/events?after=latest')).body.read_to;

    it('has the events of a page, with their ids and filters, from now on', async () => {
      const [all, edited] = [await open(api), await open(api, '?types=stage.edited')];
      const { headers, status } = all.response;
      expect([status, headers.get('content-type')]).to.deep.equal([200, 'text/event-stream; charset=utf-8']);
      expect(headers.get('cache-control')).to.equal('no-store, no-transform');
      expect([headers.get('x-accel-buffering'), headers.get('vary')]).to.deep.equal(['no', 'Accept']);
      const after = await end();
      const stage = await api.stage({ start_date: inSeconds(-60) });
      await api.call('PATCH', `/v1/stages/${stage.id}`, { name: '大作业' });
      const one = await open(api, `?stage_id=${stage.id}&after=${after}`);
      grew();
      const expected = await items(`after=${after}`);
      expect((await all.has(4)).map(({ data }) => data)).to.deep.equal(expected);
      expect(all.ids).to.deep.equal(expected.map(({ id }) => id));
      expect((await edited.has(1)).map(({ data }) => data)).to.deep.equal(expected.slice(-1));
      expect((await one.has(3)).map(({ data }) => data)).to.deep.equal(expected.slice(1));
      // Before the first event a client knows how long to wait, and where to go on.
      expect(all.blocks[0]).to.deep.equal({ retry: '1000', id: after });
      for (const stream of [all, edited, one]) await stream.close();
    });

    it('goes on behind Last-Event-ID, whatever the URL says', async () => {
      const after = await end();
      await api.stage();
      const [first] = await items(`after=${after}`);
      const query = `?after=${after}`;
      const [again, whole, latest, empty] = [
        await open(api, query, { 'last-event-id': first.id }),
        await open(api, query),
        await open(api, '?after=latest', { 'last-event-id': first.id.replace(/^0+/, '') }),
        await open(api, query, { 'last-event-id': '' }),
      ];
      await whole.has(2);
      for (const stream of [again, latest])
        expect((await stream.has(1)).map(({ id }) => id)).to.deep.equal([whole.ids[1]]);
      expect((await empty.has(2)).map(({ id }) => id)).to.deep.equal(whole.ids);
      for (const stream of [again, whole, latest, empty]) await stream.close();
    });

    it('goes through the whole record, and then on', async () => {
      await api.stage();
      grew();
      const stream = await open(api, '?after=0');
      const ids = (await items('limit=500')).map(({ id }) => id);
      await stream.has(ids.length);
      await api.stage();
      grew();
      await stream.has(ids.length + 2);
      expect(stream.ids.slice(0, ids.length)).to.deep.equal(ids);
      await stream.close();
    });

    it('says that a place is not in the record, and goes on', async () => {
      const read_to = await end();
      const ahead = String(BigInt(read_to.slice(0, 19)) + 1000n);
      const stream = await open(api, '', { 'last-event-id': ahead });
      const [stale] = await stream.has(1);
      expect(stale).to.deep.include({ event: 'stale', id: read_to });
      expect(stale?.data).to.include({ code: 'events_ahead', resume_at: read_to });
      await api.stage();
      grew();
      expect((await stream.has(3)).at(-1)?.data.type).to.equal('stage.created');
      await stream.close();
    });

    it('is for those who ask for it: all others get a page', async () => {
      for (const accept of ['*/*', 'application/json', 'text/html', 'application/json, text/event-stream']) {
        const { status, body } = await api.call('GET', '/v1/events?limit=1', undefined, { accept });
        expect([status, body.items.length], accept).to.deep.equal([200, 1]);
      }
      const accept = 'text/event-stream';
      const head = await api.call('HEAD', '/v1/events', undefined, { accept });
      expect([head.status, head.headers.get('content-type')]).to.deep.equal([200, 'text/event-stream; charset=utf-8']);
      const refused = async (query: string, headers = {}) => {
        const { status, body } = await api.call('GET', `/v1/events?${query}`, undefined, { accept, ...headers });
        return [status, body.errors[0].pointer];
      };
      expect(await refused('after=x')).to.deep.equal([422, '/after']);
      expect(await refused('limit=5')).to.deep.equal([422, '/limit']);
      expect(await refused('', { 'last-event-id': '1-x' })).to.deep.equal([422, '/Last-Event-ID']);
    });
  });
}

describe('The streams of a server', () => {
  const api = suiteApi();

  it('end at once when it stops, and it takes no new ones', async () => {
    const server = await api.also({});
    const stream = await open(server);
    const unread = new RawConnection(server.url).send(
      'GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
    );
    await unread.has('retry');
    await server.server.stop(60_000);
    await stream.ended;
    expect(await unread.closed())
      .to.match(/Connection: close\r\n/i)
      .and.not.match(/Transfer-Encoding/i);
  });

  it('end when the key is revoked, but not while nobody knows', async () => {
    let answer: 'known' | 'unknown' | 'away' = 'known';
    let asked = 0;
    const authenticator: Authenticator = {
      async authenticate() {
        asked += 1;
        if (answer === 'away') throw new Error('the keys are away');
        if (answer === 'unknown') return { kind: 'unknown' };
        return { kind: 'principal', principal: { name: 'office', scopes: ['read'] } };
      },
    };
    const looks = new Set<() => void>();
    const every = (ms: number, look: () => void) => {
      if (ms === KEY_WATCH_MS) looks.add(look);
      return { cancel: () => looks.delete(look) };
    };
    const log = recordingLog();
    const security = { kind: 'known' as const, authenticator, metricsOpen: true };
    const server = await api.also({ security, log, clock: { ...systemClock, every } });
    const streams = [await open(server), await open(server)];
    const look = async () => {
      const before = asked;
      await eventually(() => {
        for (const tick of looks) tick();
        expect(asked).to.be.above(before);
      });
    };
    await look();
    answer = 'away';
    await look();
    await eventually(() => expect(streams.map(({ blocks }) => blocks.length)).to.deep.equal([1, 1]));
    answer = 'unknown';
    await look();
    for (const { ended } of streams) await ended;
    await eventually(() => expect(looks.size).to.equal(0));
    const reasons = log.lines
      .filter(({ fields }) => fields.event === 'stream_ended')
      .map(({ fields }) => fields.reason);
    expect(reasons).to.deep.equal(['revoked', 'revoked']);
    await server.stop();
  });

  it('are no requests: not in the histogram, and not among those that the instance handles at once', async () => {
    const seen: string[] = [];
    const observeHttp = (route: string) => void seen.push(route);
    const server = await api.also({ metrics: { ...NO_METRICS, observeHttp } });
    const streams = await Promise.all(Array.from({ length: 150 }, () => open(server)));
    expect((await server.call('GET', '/v1/stages')).status).to.equal(200);
    expect(seen).to.deep.equal(['/v1/stages']);
    await server.stop();
    for (const { ended } of streams) await ended;
  });

  it('end for a client that never reads, and cost the others nothing', async () => {
    const ticks = new Set<() => void>();
    const every = (_: number, tick: () => void) => {
      ticks.add(tick);
      return { cancel: () => ticks.delete(tick) };
    };
    const clock = { ...systemClock, every };
    const feed = new Feed(() => api.database.em());
    const log = recordingLog();
    const hub = new Hub(feed, api.database, clock, log);
    const server = await api.also({ hub, clock, log });
    const deaf = new RawConnection(server.url);
    deaf.pause().send('GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n');
    const stream = await open(server);
    await eventually(() => expect(hub.counts.readers).to.equal(2));
    // More than the kernel keeps for a connection.
    const { id } = await api.stage();
    const text = `INSERT INTO stage (assignment_id, name, metadata) SELECT assignment_id, i::text,
      (SELECT jsonb_object_agg(k, repeat('x', 500)) FROM generate_series(1, 50) AS k)
      FROM stage, generate_series(1, 500) AS i WHERE id = $1`;
    await api.db.query({ name: '', text }, [id]);
    feed.grown();
    await stream.has(502);
    for (let i = 0; i < 4; i++) {
      for (const tick of [...ticks]) tick();
      await eventually(() => expect(stream.blocks.length).to.be.above(502 + i));
    }
    await eventually(() => expect(hub.counts).to.deep.include({ readers: 1, cutOff: 1 }));
    expect(log.lines.map(({ fields }) => fields.reason)).to.include('cut_off');
    deaf.destroy();
    await stream.close();
    await server.stop();
  });

  it('can be followed by EventSource, which reconnects by itself', async () => {
    let server = await api.also({});
    const port = Number(new URL(server.url).port);
    const source = new EventSource(`${server.url}/v1/events`);
    const ids: string[] = [];
    source.onmessage = ({ data, lastEventId }) => void ids.push(lastEventId, JSON.parse(data).id);
    await eventually(() => expect(source.readyState).to.equal(EventSource.OPEN));
    const after = (await api.call('GET', '/v1/events?after=latest')).body.read_to;
    await api.stage();
    server.feed.grown();
    await eventually(() => expect(ids).to.have.length(4));
    await server.stop();
    await api.stage();
    server = await api.also({}, port);
    await eventually(() => expect(ids).to.have.length(8), { timeoutMs: 20_000 });
    const { items } = (await api.call('GET', `/v1/events?after=${after}`)).body;
    expect(ids).to.deep.equal(items.flatMap(({ id }: Json) => [id, id]));
    source.close();
    await server.stop();
  });
});
