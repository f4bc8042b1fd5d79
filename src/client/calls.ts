import type { Operations } from './api.ts';
import { OPERATIONS } from './operations.ts';
import type { CallOptions, Transport } from './transport.ts';

export type Operation = keyof Operations;

/** What a call takes: the parameters of its path and query, its body, and what may be sent with any call. */
export type Input<O extends Operation> = Omit<Operations[O], 'answer'> & CallOptions;
export type Answer<O extends Operation> = Operations[O]['answer'];

/** An answer with its status and headers, such as its ETag. */
export interface FullAnswer<O extends Operation> {
  status: number;
  headers: Headers;
  /** undefined: there is none, or with `ifNoneMatch`, it is the one that you have. */
  body: Answer<O> | undefined;
}

/** May be left out when nothing in it is required. */
export type Args<O extends Operation> = Record<never, never> extends Input<O> ? [input?: Input<O>] : [input: Input<O>];

interface Parts extends CallOptions {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/** @throws ProblemError; ConnectionError */
export async function call<O extends Operation>(
  transport: Transport,
  operation: O,
  ...[input]: Args<O>
): Promise<FullAnswer<O>> {
  const [method, template] = OPERATIONS[operation];
  const { params, query, ...rest } = (input ?? {}) as Parts;
  const response = await transport.send({ ...rest, method, path: pathOf(template, params) + queryOf(query) });
  const { status, headers } = response;
  const text = status === 204 || status === 304 ? '' : await response.text();
  const isJson = headers.get('content-type')?.includes('json') === true;
  return { status, headers, body: (text === '' ? undefined : isJson ? JSON.parse(text) : text) as Answer<O> };
}

function pathOf(template: string, params: Record<string, string> = {}): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new TypeError(`params.${name} is missing`);
    return encodeURIComponent(value);
  });
}

/** Arrays are separated by commas, and what is undefined is left out. */
export function queryOf(query: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}
