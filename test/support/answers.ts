import { DOCS_PAGE } from '../../src/http/pages/docs-page.ts';
import type { PageFile } from '../../src/http/pages/page-file.ts';
import { PROBLEM_TYPE } from '../../src/http/problem.ts';
import { OF_HTTP, problemsOf } from '../../src/http/problems-of.ts';
import type { Reply } from '../../src/http/reply.ts';
import type { Route } from '../../src/http/route.ts';
import { type RouteOptions, routesOf } from '../../src/http/routes/all.ts';
import { PROBLEMS, type ProblemCode, problem } from '../../src/http/schema/output-problem.ts';
import { event, stale } from '../../src/http/schema/output-record.ts';
import { PREFIX } from './reverse-proxy.ts';

/** An answer of the service, whoever asked for it and however it came. */
export interface SeenAnswer {
  method: string;
  /** Path and query. */
  target: string;
  status: number;
  header(name: string): string | null;
  text: string;
}

/** Only what a route says of itself is asked for, and that rests on no part of the service. */
export const ROUTES: readonly Route[] = routesOf({ role: 'all', security: { metricsOpen: false } } as RouteOptions);

const PATTERNS = ROUTES.map((route) => ({
  route,
  // As @koa/router takes paths.
  pattern: new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}/?$`),
}));

/** Where no route is. */
const NO_ROUTE: readonly ProblemCode[] = [...OF_HTTP, 'not_found', 'starting', 'internal_error'];

/** What is wrong with an answer by what its route declares; null: nothing. */
export function faultOf(answer: SeenAnswer): string | null {
  const { method, target, status } = answer;
  if ((answer.header('x-request-id') ?? '') === '') return 'it has no X-Request-Id';
  if (method === 'OPTIONS' && status === 204) return null;
  const [whole = ''] = target.split('?', 1);
  const path = whole.startsWith(`${PREFIX}/`) ? whole.slice(PREFIX.length) : whole;
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
  const page = DOCS_PAGE.get(path.replace(/\/$/, ''));
  if (page !== undefined && asked === 'get' && answer.header('content-type') !== PROBLEM_TYPE) {
    return faultOfPage(answer, page);
  }
  const route = PATTERNS.find(({ route, pattern }) => route.method === asked && pattern.test(path))?.route;
  const reply = route?.responses[status];
  if (reply !== undefined && answer.header('content-type') !== PROBLEM_TYPE) return faultOfReply(answer, reply);
  return faultOfProblem(answer, route === undefined ? NO_ROUTE : [...problemsOf(route), ...OF_HTTP]);
}

function faultOfPage({ status, header }: SeenAnswer, { type }: PageFile): string | null {
  if (status === 308) return header('location') === null ? 'it has no Location' : null;
  if (status !== 200 && status !== 304) return 'a page has no such status';
  if (header('content-security-policy')?.includes('script-src') !== true) return 'it has no policy of a page';
  if (header('etag') === null) return 'it has no ETag';
  return status === 304 || header('content-type') === type ? null : `it is ${header('content-type')}`;
}

function faultOfReply(answer: SeenAnswer, { body, headers = [], mediaType, stream }: Reply): string | null {
  const { method, header, text } = answer;
  if (stream !== undefined && header('content-type') === 'text/event-stream; charset=utf-8') return faultOfStream(text);
  const missing = headers.find((name) => (header(name) ?? '') === '');
  if (missing !== undefined) return `it has no ${missing}`;
  if (method === 'HEAD') return null;
  if (body === undefined) return text === '' ? null : 'it has a body';
  if (mediaType !== undefined) {
    return header('content-type')?.startsWith(mediaType) ? null : `it is ${header('content-type')}`;
  }
  if (header('content-type') !== 'application/json; charset=utf-8') return `it is ${header('content-type')}`;
  const parsed = body.safeParse(parse(text));
  return parsed.success ? null : said(parsed.error);
}

/** The end may be missing. */
function faultOfStream(text: string): string | null {
  const blocks = text.split('\n\n').slice(0, -1);
  for (const block of blocks) {
    const [, name = 'message', data] = /^(?:event: (.*)\n)?id: .*\ndata: (.*)$/.exec(block) ?? [];
    if (data === undefined) {
      if (!/^(:|(retry: \d+\n)?id: [\d-]+)$/.test(block)) return `it has the block ${block}`;
      continue;
    }
    const parsed = (name === 'stale' ? stale : event).safeParse(parse(data));
    if (!parsed.success) return said(parsed.error);
  }
  return null;
}

function faultOfProblem({ method, status, header, text }: SeenAnswer, codes: readonly ProblemCode[]): string | null {
  if (header('content-type') !== PROBLEM_TYPE) return 'the status is not declared';
  if ((status === 503 || status === 429) && header('retry-after') === null) return 'it has no Retry-After';
  if (status === 401 && header('www-authenticate') === null) return 'it has no WWW-Authenticate';
  if (status === 405 && header('allow') === null) return 'it has no Allow';
  if (method === 'HEAD')
    return codes.some((code) => PROBLEMS[code][0] === status) ? null : 'the status is not declared';
  const parsed = problem.safeParse(parse(text));
  if (!parsed.success) return said(parsed.error);
  const { code, request_id, detail } = parsed.data;
  if (request_id !== header('x-request-id')) return 'request_id is not X-Request-Id';
  if (parsed.data.status !== status || PROBLEMS[code][0] !== status) return `${code} has the status ${status}`;
  // An instance that only schedules has no other routes.
  if (code === 'not_found' && detail.includes('ROLE=clock')) return null;
  return codes.includes(code) ? null : `the problem ${code} is not declared`;
}

/** @returns undefined where it is no JSON, which no schema takes */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const said = (error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string =>
  error.issues.map(({ path, message }) => `/${path.map(String).join('/')}: ${message}`).join('; ');
