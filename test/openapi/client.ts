import { compile } from 'json-schema-to-typescript';

/**
 * What the client (src/client) knows of the API, made from openapi.json as other clients are: the types of each call,
 * and the method and path behind its name.
 */
export const TYPES_FILE = new URL('../../src/client/api.ts', import.meta.url);
export const OPERATIONS_FILE = new URL('../../src/client/operations.ts', import.meta.url);

type Schema = Record<string, unknown>;
interface Parameter {
  in?: string;
  name: string;
  required?: boolean;
  schema: Schema;
  $ref?: string;
}
interface Operation {
  operationId: string;
  summary: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const MADE = '// Made by `npm run openapi`.\n';

export function operationsOf({ paths }: Document): string {
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId }]) => `  ${operationId}: ['${method.toUpperCase()}', '${path}'],`,
    ),
  );
  return `${MADE}
/** The method and the path of each call. */
export const OPERATIONS = {
${entries.join('\n')}
} as const;
`;
}

export async function typesOf({ paths, components }: Document): Promise<string> {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const root = {
    title: 'Operations',
    description: 'Each call: what it takes, and what it answers.',
    ...object(operations.map((operation) => [operation.operationId, shapeOf(operation), true])),
    definitions: components.schemas,
  };
  const types = await compile(referring(root) as Schema, 'Operations', {
    bannerComment: `${MADE}\n/* The bodies of requests and answers, and what each call takes. */`,
    additionalProperties: false,
    // Otherwise an array of up to a thousand becomes a union of a thousand tuples.
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    unreachableDefinitions: true,
    strictIndexSignatures: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return types;
}

function shapeOf({ summary, parameters = [], requestBody, responses }: Operation): Schema {
  const inPlace = (place: string): [string, Schema, boolean][] =>
    parameters
      .filter((one) => one.in === place)
      .map(({ name, schema, required }) => [name, given(schema), required === true]);
  const [path, query] = [inPlace('path'), inPlace('query')];
  const body = requestBody?.content['application/json']?.schema;
  return {
    description: summary,
    ...object([
      ...(path.length === 0 ? [] : [['params', object(path), true] as const]),
      ...(query.length === 0 ? [] : [['query', object(query), false] as const]),
      ...(body === undefined ? [] : [['body', body, requestBody?.required === true] as const]),
      ['answer', answerOf(responses), true],
    ]),
  };
}

/** What is separated by commas in the URL may be given as an array. */
function given(schema: Schema): Schema {
  const { description, pattern } = schema;
  const isList = schema['type'] === 'array' || String(pattern ?? '').includes('(,');
  if (!isList) return schema;
  const item = (schema['items'] as Schema | undefined) ?? { type: 'string' };
  return { description, anyOf: [item, { type: 'array', items: item }] };
}

/** All that a call may answer when it succeeds. Without a body: nothing. */
function answerOf(responses: Operation['responses']): Schema {
  const bodies = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, { content = {} }]) => {
      const json = content['application/json'];
      if (json !== undefined) return json.schema;
      return Object.keys(content).length === 0 ? { tsType: 'undefined' } : { type: 'string' };
    });
  return bodies.length === 1 ? (bodies[0] as Schema) : { anyOf: bodies };
}

function object(properties: readonly (readonly [name: string, schema: Schema, isRequired: boolean])[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(properties.map(([name, schema]) => [name, schema])),
    required: properties.filter(([, , isRequired]) => isRequired).map(([name]) => name),
    additionalProperties: false,
  };
}

/** The same, referring to definitions where openapi.json has components. */
function referring(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/definitions/'));
}
