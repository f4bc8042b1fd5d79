import { expect } from 'chai';
import { z } from 'zod';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { parseIfMatch } from '../../src/http/etag.ts';
import { shapeOf } from '../../src/http/json-text.ts';
import { queryOf } from '../../src/http/query.ts';
import { Faults } from '../../src/http/request-faults.ts';
import { authorize } from '../../src/http/security.ts';
import { slowdown } from '../proof/fuzz/starvation.ts';
import type { Json } from './support.ts';
import { suiteApi } from './support.ts';

/** Of its thread's own computing: what a request may cost everybody else. */
const MOST_MS = 50;
const MB = 1024 * 1024;
const ALPHABETS = [...'T [ {"a": " \\ 0 1e - + : , . / _ Z = % é 😀 \0 T- "", W/" a/ \n'.split(' '), ' '];
const DATE = '2026-11-23T09:00:00';

describe('no text takes long, whatever it is made of:', () => {
  const api = suiteApi();

  /** The best of three: on a busy machine even computing is slower at times. */
  function expectQuick(what: string, work: () => void): void {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3 && best > MOST_MS; i++) {
      const before = process.threadCpuUsage();
      work();
      const { user, system } = process.threadCpuUsage(before);
      best = Math.min(best, (user + system) / 1000 / (i === 0 ? 1 : slowdown()));
    }
    expect(best, what).to.be.below(MOST_MS);
  }

  function read(schema: z.ZodType, text: string): void {
    const { excess } = shapeOf(text);
    if (excess !== null) return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    judge(schema, value, 'body');
  }

  function judge(schema: z.ZodType, value: unknown, place: 'body' | 'query'): void {
    const parsed = schema.safeParse(value, { reportInput: true });
    const faults = new Faults();
    if (!parsed.success) faults.addIssues(parsed.error, schema, place);
    expect(faults.listed.length).to.be.at.most(100);
    expect(JSON.stringify(faults.listed).length).to.be.below(100_000);
  }

  const fieldsOf = (schema: z.ZodType | undefined): string[] =>
    schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

  it('a body, or any of its fields', () => {
    const bodies = api.server.routes.flatMap(({ path, body }) => (body === undefined ? [] : [{ path, body }]));
    expect(bodies).to.have.length.above(3);
    for (const letters of ALPHABETS) {
      const long = letters.repeat(MB / Buffer.byteLength(letters));
      const quoted = [JSON.stringify({ [long]: 1 }), JSON.stringify({ title: long })].map((text) => text.slice(0, MB));
      for (const text of [long, ...quoted]) {
        expectQuick(`JSON of ${letters}`, () => read(bodies[0]?.body as z.ZodType, text));
      }
      for (const { path, body } of bodies) {
        for (const field of fieldsOf(body)) {
          for (const value of [long, `${DATE}${long}`]) {
            expectQuick(`${path} ${field}: ${letters}`, () => judge(body, { [field]: value }, 'body'));
          }
        }
      }
    }
  });

  it('a body of very many faults, fields, stages or levels', () => {
    const assignments = api.server.routes.find(({ path, method }) => path === '/v1/assignments' && method === 'post');
    const body = assignments?.body as z.ZodType;
    const times = (count: number, of: (i: number) => Json) => Array.from({ length: count }, (_, i) => of(i));
    const bad = { name: 'x'.repeat(1000), start_date: `${DATE}${'0'.repeat(500)}`, end_date: 1e17, position: -1 };
    for (const [what, text] of Object.entries({
      fields: JSON.stringify(Object.fromEntries(times(90_000, (i) => [`field ${i}`, i]))),
      'fewer fields': JSON.stringify(Object.fromEntries(times(19_000, (i) => [`field ${i} ${'x'.repeat(40)}`, i]))),
      stages: JSON.stringify({ title: 'x', stages: times(500, () => bad) }),
      'empty stages': JSON.stringify({ stages: times(19_000, () => ({})) }),
      'good stages': JSON.stringify({
        title: 'x',
        stages: times(500, (i) => ({ name: 'x'.repeat(200), start_date: `${DATE}Z`, position: i })),
      }),
      'strange stages': JSON.stringify({
        stages: times(500, () => Object.fromEntries(times(30, (i) => [`u${i}`, i]))),
      }),
      duplicates: `{${'"title":1,'.repeat(100_000)}"title":1}`,
      levels: '['.repeat(MB / 2) + ']'.repeat(MB / 2),
      numbers: `{"stages":[${'1'.repeat(MB)}]}`,
    })) {
      expectQuick(what, () => read(body, text));
    }
  });

  it('a parameter, a path or a header', () => {
    for (const letters of ALPHABETS.filter((each) => !/[^\x20-\x7e]/.test(each))) {
      const long = letters.repeat(16_000 / letters.length);
      expectQuick(`If-Match: ${letters}`, () => {
        for (const header of [long, `"${long}`, `"1"${long}`, `W/"1",${long}`])
          expect(() => parseIfMatch(header)).not.to.throw(RangeError);
      });
      const security = { kind: 'known', authenticator: apiKeyAuthenticator([]), metricsOpen: false } as const;
      for (const authorization of [long, `Bearer ${long}`, `Bearer${long} x`]) {
        expectQuick(`Authorization: ${letters}`, () => {
          authorize(security, { method: 'GET', headers: { authorization } } as never, 'read').catch(() => {});
        });
      }
      for (const { path, query, params } of api.server.routes) {
        if (params !== undefined) expectQuick(`${path} as a path`, () => void params.safeParse({ id: long }));
        if (query === undefined) continue;
        for (const name of [...fieldsOf(query), 'odd']) {
          expectQuick(`${path}?${name}= ${letters}`, () => judge(query, queryOf(`${path}?${name}=${long}`), 'query'));
        }
        expectQuick(`${path} with many parameters`, () =>
          judge(query, queryOf(`${path}?${'a=1&'.repeat(4000)}${long}`), 'query'),
        );
      }
    }
  });

  it('whole requests, at their largest', async () => {
    const stages = Array.from({ length: 500 }, (_, i) => ({
      name: `${i} `.repeat(40),
      start_date: `2030-01-01T00:00:00Z`,
    }));
    const { body } = await api.call('POST', '/v1/assignments', { title: 'Large', stages });
    for (const path of [`/v1/assignments/${body.id}`, '/v1/stages?limit=500', '/v1/schedule?limit=500']) {
      expect((await api.call('GET', path)).status).to.equal(200);
    }
    const refused = await api.call('POST', '/v1/assignments', {
      title: 'x',
      stages: [{ name: 'a', start_date: 'T'.repeat(MB - 100) }],
    });
    expect([refused.status, refused.body.errors[0].pointer]).to.deep.equal([422, '/stages/0/start_date']);
  });
});
