import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { z } from 'zod';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { PROBLEM_CODES } from '../../src/http/schema/output-problem.ts';
import { label } from '../../src/http/schema/text.ts';
import { OPERATIONS_FILE, operationsOf, TYPES_FILE, typesOf } from '../openapi/client.ts';
import { DOCUMENT_FILE, documentOf } from '../openapi/document.ts';
import { type Example, readExamples } from '../openapi/example.ts';
import { invisibleIn } from '../openapi/invisible.ts';
import { faultOf, ROUTES } from '../support/answers.ts';
import { runTool } from '../support/tool.ts';
import { startApi } from './support.ts';

const REWRITE = 'npm run openapi writes docs/openapi.json and what the client knows anew';
const committed = readFileSync(DOCUMENT_FILE, 'utf8');
const examples = readExamples();

describe('openapi.json', () => {
  it('is what the schemas of the routes generate', () => {
    expect(committed === documentOf(ROUTES, examples), REWRITE).to.equal(true);
  });

  it('is what the client knows', async () => {
    const document = JSON.parse(committed);
    expect(readFileSync(TYPES_FILE, 'utf8') === (await typesOf(document)), REWRITE).to.equal(true);
    expect(readFileSync(OPERATIONS_FILE, 'utf8') === operationsOf(document), REWRITE).to.equal(true);
  });

  it('passes a linter', async function () {
    this.timeout(60_000);
    const file = fileURLToPath(DOCUMENT_FILE);
    const config = fileURLToPath(new URL('../openapi/redocly.yaml', import.meta.url));
    const { code, said } = await runTool('redocly', ['lint', file, '--config', config], { REDOCLY_TELEMETRY: 'off' });
    expect(code, said).to.equal(0);
  });

  it('shows every check that code makes', () => {
    const hidden = ROUTES.flatMap(({ operation, params, query, body }) =>
      Object.entries({ params, query, body }).flatMap(([place, schema]) =>
        schema === undefined ? [] : invisibleIn(schema, `${operation} ${place}`),
      ),
    );
    expect(hidden, 'Say what they check in .meta({ override })').to.deep.equal([]);
  });

  it('would not hide one', () => {
    const trimmed = z.string().transform((text) => text.trim());
    const even = z.number().refine((n) => n % 2 === 0);
    const schema = z.strictObject({ label, trimmed: trimmed.optional(), list: z.array(z.strictObject({ even })) });
    expect(invisibleIn(schema, 'body')).to.deep.equal(['body/trimmed', 'body/list/*/even']);
  });

  it('has examples from a run, each as its schema declares', () => {
    expect(examples.map(faultOfExample).filter((fault) => fault !== null)).to.deep.equal([]);
  });

  it('has an example of each status that a route answers by itself, where the service is well', () => {
    const missing = ROUTES.flatMap(({ operation, responses }) =>
      Object.keys(responses)
        .filter((status) => !examples.some((one) => one.operation === operation && one.status === Number(status)))
        .map((status) => `${operation} ${status}`),
    );
    expect(missing, REWRITE).to.deep.equal([
      'isReady 503',
      'getAlert 200',
      'getAlert 304',
      'getOpenApi 200',
      'getOpenApi 304',
    ]);
  });

  it('lists every problem code, and so does docs/http.md', () => {
    const told = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
    expect(PROBLEM_CODES.filter((code) => !told.includes(`\`${code}\``))).to.deep.equal([]);
    expect(PROBLEM_CODES.filter((code) => !committed.includes(`\`${code}\`: `))).to.deep.equal([]);
  });

  it('is served to anybody, with what the instance serves and nothing else', async () => {
    const key = { name: 'office', scope: 'read' as const, sha256: Buffer.alloc(32) };
    const api = await startApi({
      security: { kind: 'known', authenticator: apiKeyAuthenticator([key]), metricsOpen: false },
    });
    const clock = await api.also({ role: 'clock' });
    const [all, few] = [await api.call('GET', '/openapi.json'), await clock.call('GET', '/openapi.json')];
    await clock.stop();
    await api.stop();
    expect(all.body).to.deep.equal(JSON.parse(committed));
    expect(Object.keys(few.body.paths)).to.have.members(['/livez', '/readyz', '/metrics', '/openapi.json']);
    expect(few.body.components.schemas).to.have.keys(['Alive', 'Ready', 'Unavailable', 'OpenApi', ...OF_PROBLEMS]);
  });
});

const OF_PROBLEMS = ['Problem', 'ProblemCode', 'Fault'];

function faultOfExample({ operation, method, target, request, status, code, response }: Example): string | null {
  const isText = typeof response === 'string';
  const route = ROUTES.find((one) => one.operation === operation);
  const own = route?.responses[status]?.mediaType ?? 'application/json; charset=utf-8';
  const type = code !== undefined ? 'application/problem+json' : own;
  const headers: Record<string, string> = { 'content-type': type, 'x-request-id': response?.request_id ?? 'r1' };
  // What headers say is no part of an example.
  const header = (name: string) => headers[name.toLowerCase()] ?? '"1"';
  const text = response === null ? '' : isText ? response : JSON.stringify(response);
  const sent = request === undefined ? undefined : route?.body?.safeParse(request);
  if (sent?.success === false && status !== 422) return `${operation} is sent what it does not take`;
  const fault = faultOf({ method, target, status, header, text });
  return fault === null ? null : `${operation} ${status}: ${fault}`;
}
