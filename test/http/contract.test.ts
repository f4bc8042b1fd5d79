import { expect } from 'chai';
import { z } from 'zod';
import type { AnswerOf } from '../../src/http/reply.ts';
import { route } from '../../src/http/route.ts';
import type { ApiRoute } from '../../src/http/routes/all.ts';
import { faultOf, ROUTES, type SeenAnswer } from '../support/answers.ts';

const ID = '00000000-0000-4000-8000-000000000000';
const ALIVE = { status: 'alive' };
const PROBLEM = {
  type: 'about:blank',
  title: 'Not Found',
  status: 404,
  detail: `There is no stage with id ${ID}.`,
  code: 'not_found',
  request_id: 'r1',
};

describe('the contract of the API', () => {
  it('names each operation, path and method once', () => {
    const names = ROUTES.map(({ operation }) => operation);
    expect(new Set(names)).to.have.lengthOf(ROUTES.length);
    expect(new Set(ROUTES.map(({ method, path }) => `${method} ${path}`))).to.have.lengthOf(ROUTES.length);
  });

  it('is broken by an answer that its route does not declare', () => {
    expect(faultOf(answer('/livez', 200, ALIVE))).to.equal(null);
    expect(faultOf(answer('/livez?probe=1', 200, ALIVE))).to.equal(null);
    expect(faultOf(answer('/livez', 201, ALIVE))).to.contain('status is not declared');
    expect(faultOf(answer('/livez', 200, { ...ALIVE, since: 1 }))).to.contain('since');
    expect(faultOf(answer('/livez', 200, {}))).to.contain('/status');
    expect(faultOf(answer('/livez', 200, ALIVE, { 'x-request-id': '' }))).to.contain('X-Request-Id');
    expect(faultOf(answer('/livez', 200, ALIVE, { 'content-type': 'text/html' }))).to.contain('text/html');
    expect(faultOf(answer('/readyz', 503, { status: 'unavailable', reasons: ['x'] }))).to.contain('Retry-After');
  });

  it('is broken by a problem that its route does not declare', () => {
    const type = { 'content-type': 'application/problem+json' };
    const stage = `/v1/stages/${ID}`;
    expect(faultOf(answer(stage, 404, PROBLEM, type))).to.equal(null);
    expect(faultOf(answer('/v1/stages', 404, PROBLEM, type))).to.contain('not_found is not declared');
    expect(faultOf(answer(stage, 404, { ...PROBLEM, code: 'lost' }, type))).to.contain('/code');
    expect(faultOf(answer(stage, 404, { ...PROBLEM, stack: 'at' }, type))).to.contain('stack');
    expect(faultOf(answer(stage, 409, { ...PROBLEM, status: 409 }, type))).to.contain('has the status 409');
    expect(faultOf(answer(stage, 404, { ...PROBLEM, request_id: 'r2' }, type))).to.contain('request_id');
    expect(faultOf(answer(stage, 404, PROBLEM))).to.contain('status is not declared');
  });

  it('tells a client the types of each call', () => {
    // Held by the compiler: what is not expected to be an error must be none, and the other way round.
    const sent: Sent<'post', '/v1/assignments'> = { title: 'Essay', stages: [{ name: 'Draft', start_date: null }] };
    // @ts-expect-error a title is a text
    const wrong: Sent<'post', '/v1/assignments'> = { title: 1 };
    // @ts-expect-error there is no such order
    const asked: Asked<'get', '/v1/stages'> = { status: 'pending,active', order: 'name' };
    const got = { status: 304, headers: { ETag: '"1"' } } satisfies Got<'get', '/v1/stages/:id'>;
    // @ts-expect-error nothing is created by reading
    const never: Got<'get', '/v1/stages/:id'>['status'] = 201;
    const named: Extract<Got<'get', '/v1/stages'>, { status: 200 }>['body']['items'][number]['status'] = 'active';
    expect([sent, wrong, asked, got, never, named]).to.have.lengthOf(6);
    const about = { method: 'get', path: '/v1/x', operation: 'x', tag: 'Service', scope: null, summary: '' } as const;
    const responses = { 200: { description: '', body: z.strictObject({ n: z.number() }) } } as const;
    route({ ...about, responses, handle: () => ({ status: 200, body: { n: 1 } }) });
    // @ts-expect-error its schema says otherwise
    route({ ...about, responses, handle: () => ({ status: 200, body: { n: 'one' } }) });
    // @ts-expect-error this status is not declared
    route({ ...about, responses, handle: () => ({ status: 201, body: { n: 1 } }) });
  });
});

type At<Method, Path> = Extract<ApiRoute, { method: Method; path: Path }>;
type Sent<Method, Path> = z.input<NonNullable<At<Method, Path>['body']>>;
type Asked<Method, Path> = z.input<NonNullable<At<Method, Path>['query']>>;
type Got<Method, Path> = AnswerOf<At<Method, Path>['responses']>;

function answer(target: string, status: number, body: unknown, more: Record<string, string> = {}): SeenAnswer {
  const headers: Record<string, string> = {
    'x-request-id': 'r1',
    'content-type': 'application/json; charset=utf-8',
    ...more,
  };
  return {
    method: 'GET',
    target,
    status,
    text: JSON.stringify(body),
    header: (name) => headers[name.toLowerCase()] ?? null,
  };
}
