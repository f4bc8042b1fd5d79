import { expect } from 'chai';
import { toJson } from '../../src/http/json-pieces.ts';
import { suiteApi } from './support.ts';

describe('The JSON of an answer', () => {
  const made = async (body: object): Promise<{ text: string; pauses: number }> => {
    let pauses = 0;
    const json = await toJson(body, async () => {
      pauses += 1;
    });
    return { text: typeof json === 'string' ? json : Buffer.concat(json).toString(), pauses };
  };

  it('is that of JSON.stringify, whatever its length', async () => {
    const item = { text: 'ä'.repeat(1000), none: null, left: undefined, deep: [{ a: 1 }] };
    for (const count of [0, 1, 2, 100, 1000]) {
      for (const body of [
        { items: Array(count).fill(item), next_cursor: null },
        { id: 'x', gone: undefined, stages: Array(count).fill(item) },
        {},
      ]) {
        expect((await made(body)).text).to.equal(JSON.stringify(body));
      }
    }
  });

  it('is made in pieces when it is long, with everything else having its turn in between', async () => {
    const { pauses } = await made({ items: Array(1000).fill('x'.repeat(10_000)) });
    expect(pauses).to.be.within(40, 100);
    expect((await made({ items: Array(50).fill('x'.repeat(500)) })).pauses).to.equal(0);
  });
});

for (const kind of ['postgres', 'embedded'] as const) {
  describe(`A page of long texts (${kind})`, () => {
    const api = suiteApi({}, kind);
    const MB = 1024 * 1024;

    it('ends early, and whoever follows the cursors gets every row once', async () => {
      const text = `WITH one AS (INSERT INTO assignment (title) SELECT 'fat ' || i FROM generate_series(1, 60) AS i RETURNING id)
        SELECT min(id::text) AS id FROM one`;
      const [row] = await api.db.query<{ id: string }>({ name: '', text }, []);
      const id = String(row?.id);
      await api.db.query({ name: '', text: `UPDATE assignment SET metadata = ${FAT}` }, []);
      await api.db.query(
        {
          name: '',
          text: `INSERT INTO stage (assignment_id, name, start_date, metadata)
            SELECT $1, 's' || i, now() - interval '1 h' + i * interval '1 s', ${FAT} FROM generate_series(1, 60) AS i`,
        },
        [id],
      );
      await api.db.query(
        { name: '', text: `UPDATE stage SET name = 'last', start_date = NULL WHERE name = 's60'` },
        [],
      );
      const rowsOf = async (table: string) =>
        (await api.db.query<{ n: number }>({ name: '', text: `SELECT count(*)::int AS n FROM ${table}` }, []))[0]?.n ??
        0;
      const changes = await rowsOf('change');
      for (const [path, count] of [
        [`/v1/stages?assignment_id=${id}`, 60],
        ['/v1/stages?order=updated_at', 60],
        ['/v1/assignments?order=title', 60],
        ['/v1/events?after=0', changes + 61],
        ['/v1/events?after=0&types=stage.postponed,assignment.edited', 61],
        [`/v1/assignments/${id}/history?`, 124],
      ] as const) {
        const seen = new Set<string>();
        let pages = 0;
        for (let cursor: string | null = ''; cursor !== null; pages++) {
          const { headers, body } = await api.call(
            'GET',
            `${path}&limit=500${cursor && `&cursor=${cursor}`}`,
            undefined,
            {
              'accept-encoding': 'identity',
            },
          );
          expect(Number(headers.get('content-length')), path).to.be.below(9 * MB);
          for (const { id } of body.items) {
            expect(seen.has(id), `${path} has it twice`).to.equal(false);
            seen.add(id);
          }
          cursor = body.next_cursor;
        }
        expect([path, seen.size]).to.deep.equal([path, count]);
        expect(pages, path).to.be.above(1);
      }
    });
  });
}

/** SQL: 100 kB of JSON, which compress to little. */
const FAT = `(SELECT jsonb_object_agg('k' || k, repeat('x', 2000)) FROM generate_series(1, 50) AS k)`;

describe('An answer that is long', () => {
  const api = suiteApi();

  it('is sent whole, plain and compressed, and is known by its ETag', async () => {
    const metadata = JSON.stringify(
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, '字'.repeat(500)])),
    );
    const [row] = await api.db.query<{ id: string }>(
      { name: '', text: `INSERT INTO assignment (title) VALUES ('fat') RETURNING id` },
      [],
    );
    await api.db.query(
      {
        name: '',
        text: `INSERT INTO stage (assignment_id, name, metadata) SELECT $1, 's' || i, $2::jsonb FROM generate_series(1, 20) AS i`,
      },
      [row?.id, metadata],
    );
    const path = `/v1/stages?assignment_id=${row?.id}`;
    const plain = await api.call('GET', path, undefined, { 'accept-encoding': 'identity' });
    expect(Number(plain.headers.get('content-length'))).to.be.above(1_500_000);
    expect(plain.body.items).to.have.length(20);
    expect(plain.body.items[19].metadata).to.deep.equal(JSON.parse(metadata));
    const compressed = await api.call('GET', path, undefined, { 'accept-encoding': 'gzip' });
    expect(compressed.headers.get('content-encoding')).to.equal('gzip');
    expect(compressed.body).to.deep.equal(plain.body);
    const tag = String(plain.headers.get('etag'));
    expect((await api.call('GET', path, undefined, { 'if-none-match': tag })).status).to.equal(304);
    expect((await api.call('HEAD', path)).status).to.equal(200);
  });
});
