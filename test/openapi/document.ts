import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { mayBeRepeated } from '../../src/http/idempotency.ts';
import { asTemplate } from '../../src/http/openapi.ts';
import type { Reply } from '../../src/http/reply.ts';
import type { Route } from '../../src/http/route.ts';
import { oneEdit } from '../../src/http/schema/bulk.ts';
import { newStage } from '../../src/http/schema/input.ts';
import { eventType } from '../../src/http/schema/output-record.ts';
import { wantedStage } from '../../src/http/schema/put.ts';
import { type HeaderName, headers, parameters, securitySchemes, tags } from './components.ts';
import type { Example } from './example.ts';
import { headerRefs } from './headers.ts';
import { Problems } from './problems.ts';

export const DOCUMENT_FILE = new URL('../../docs/openapi.json', import.meta.url);

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The text of docs/openapi.json. */
export function documentOf(routes: readonly Route[], examples: readonly Example[]): string {
  const problems = new Problems(routes, examples);
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = asTemplate(route.path);
    paths[path] = { ...paths[path], [route.method]: operationOf(route, problems, examples) };
  }
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Stagebell',
        version,
        summary: 'A stage changes status at its instant.',
        description:
          'Instants in requests are RFC 3339 with an offset; in answers they are UTC with milliseconds. Unknown parameters and fields are refused. Answers may get more fields.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The instance that serves this description.' }],
      tags,
      security: [{ apiKey: [] }],
      paths,
      components: {
        // Parts of other schemas, which only refer to them.
        schemas: {
          EventType: eventType,
          NewStage: newStage,
          StageEdit: oneEdit,
          WantedStage: wantedStage,
        },
        headers,
        parameters,
        responses: problems.shared,
        securitySchemes,
      },
    },
    { override: ({ jsonSchema, io }) => tidy(jsonSchema, io) },
  );
  return `${JSON.stringify(document, null, 2)}\n`;
}

function operationOf(route: Route, problems: Problems, examples: readonly Example[]): ZodOpenApiOperationObject {
  const { method, operation, tag, scope, summary, params, query, body, mayLackBody, hasVersion, responses } = route;
  const own = examples.filter((example) => example.operation === operation);
  const writes = scope !== null && method !== 'get';
  const hasStream = Object.values(responses).some(({ stream }) => stream !== undefined);
  const sent = [
    hasVersion && 'IfMatch',
    304 in responses && 'IfNoneMatch',
    mayBeRepeated(route) && 'IdempotencyKey',
    writes && 'OnBehalfOf',
    hasStream && 'LastEventId',
  ].filter(Boolean);
  const request = own.find((example) => example.request !== undefined && example.code === undefined)?.request;
  return {
    operationId: operation,
    tags: [tag],
    summary,
    description: scope === null ? 'It needs no key.' : `It needs a key with the scope \`${scope}\`, or a larger one.`,
    security: scope === null ? [] : [{ apiKey: [] }],
    parameters: sent.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestParams: {
      ...(params === undefined ? {} : { path: params as z.ZodObject }),
      ...(query === undefined ? {} : { query: query as z.ZodObject }),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: mayLackBody !== true,
            content: {
              'application/json': { schema: body, ...(request === undefined ? {} : { example: request }) },
            },
          },
        }),
    responses: {
      ...problems.of(route),
      ...Object.fromEntries(
        Object.entries(responses).map(([status, reply]) => [
          status,
          responseOf(
            reply,
            own.find((example) => example.status === Number(status))?.response,
            headersOf(route, Number(status)),
          ),
        ]),
      ),
    },
  } as ZodOpenApiOperationObject;
}

/** Those that no handler sets (src/http/send.ts). */
function headersOf(route: Route, status: number): HeaderName[] {
  const { responses } = route;
  const { headers = [], body } = responses[status] ?? {};
  const isTagged = 304 in responses && (status === 200 || status === 304) && !headers.includes('ETag');
  const isPage = body instanceof z.ZodObject && 'next_cursor' in body.shape;
  return [
    ...(isTagged ? ['ListETag' as const] : []),
    ...(isPage ? ['Link' as const] : []),
    ...(mayBeRepeated(route) ? ['Idempotency-Replayed' as const] : []),
  ];
}

function responseOf(
  { description, headers = [], body, mediaType = 'application/json', stream }: Reply,
  example: unknown,
  more: HeaderName[],
) {
  const names = [...headers.filter((name) => name !== 'Content-Type'), ...more];
  const shown = example === undefined ? {} : { example };
  const streamed = stream && { 'text/event-stream': { schema: { type: 'string' as const, description: stream } } };
  const content = body === undefined ? {} : { content: { [mediaType]: { schema: body, ...shown }, ...streamed } };
  return { description, headers: headerRefs(names), ...content };
}

/** Answers may get fields that their readers do not know yet. A whole number needs no limits to be one. */
function tidy(schema: { [key: string]: unknown }, io: 'input' | 'output'): void {
  if (io === 'output' && schema['additionalProperties'] === false) delete schema['additionalProperties'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}
