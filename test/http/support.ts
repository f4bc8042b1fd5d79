import { systemClock } from '../../src/base/clock.ts';
import { type Log, silentLog } from '../../src/base/log.ts';
import type { Database, Session } from '../../src/db/database.ts';
import { PostgresDatabase } from '../../src/db/postgres/postgres.ts';
import { Feed } from '../../src/events/feed.ts';
import { Hub } from '../../src/events/hub.ts';
import { proxiesOf } from '../../src/http/client-address.ts';
import type { HttpMetrics, HttpOptions } from '../../src/http/options.ts';
import { RateLimits } from '../../src/http/rate-limits.ts';
import { HttpServer } from '../../src/http/server.ts';
import { AddressPolicy } from '../../src/webhooks/address-policy.ts';
import type { WebhookDesk } from '../../src/webhooks/webhooks.ts';
import { sharedEmbedded } from '../support/shared-embedded.ts';
import { forSuite } from '../support/suite.ts';
import { createMigrated } from '../support/template.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON as it came.
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

/** A real HttpServer on a real database, and a client for it. */
export interface TestApi {
  url: string;
  database: Database;
  db: Session;
  /** Nobody listens here: a test says when the record grew. */
  feed: Feed;
  server: HttpServer;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Creates an assignment with one stage, and returns the stage. */
  stage(fields?: Record<string, unknown>): Promise<Json>;
  /** Another server on the same database. */
  also(options: Choice, port?: number): Promise<TestApi>;
  stop(): Promise<void>;
}

export const NO_METRICS: HttpMetrics = {
  contentType: 'text/plain',
  render: async () => 'metrics',
  swept: () => {},
  observeHttp: () => {},
};

/** Nothing is delivered, and nobody is asked. */
export const NO_WEBHOOKS: WebhookDesk = {
  policy: new AddressPolicy([]),
  test: () => Promise.reject(new Error('nothing is sent here')),
  tidy: async () => {},
};

export type Kind = 'postgres' | 'embedded';

/** A migrated database: of its own, or the embedded one that all share, emptied. */
async function openDatabase(kind: Kind): Promise<{ database: Database; db: Session; close(): Promise<void> }> {
  if (kind === 'embedded') {
    const shared = await sharedEmbedded();
    await shared.empty();
    const giveBack = async () => {
      shared.assignment = await shared.newAssignment();
    };
    return { database: shared.database, db: shared.db, close: giveBack };
  }
  const { url, drop } = await createMigrated();
  const database = new PostgresDatabase(url, systemClock, silentLog);
  await database.connect();
  const db = database.openSession('test', 5000);
  const close = async () => {
    await db.close();
    await database.close();
    await drop();
  };
  return { database, db, close };
}

/** What a test may choose; the database is made for it. */
type Choice = Omit<Partial<HttpOptions>, 'db'>;

export async function startApi(options: Choice = {}, kind: Kind = 'postgres'): Promise<TestApi> {
  const { database, db, close } = await openDatabase(kind);
  const api = await serve({ database, db, ...options });
  return { ...api, stop: () => api.stop().then(close) };
}

/** One for the suite that asks: started before its tests, and stopped after them. */
export function suiteApi(options: Choice = {}, kind: Kind = 'postgres'): TestApi {
  return forSuite(
    () => startApi(options, kind),
    (api) => api.stop(),
  );
}

async function serve(
  options: Pick<HttpOptions, 'database'> & { db: Session } & Partial<HttpOptions>,
  at = 0,
): Promise<TestApi> {
  const { database, log = silentLog, clock = systemClock } = options;
  const feed = new Feed(() => database.em());
  const server = new HttpServer({
    hub: new Hub(feed, database, clock, log),
    random: () => 0,
    log: silentLog,
    clock: systemClock,
    instance: 'test',
    role: 'all',
    security: { kind: 'open', metricsOpen: true },
    keyNames: [],
    limits: new RateLimits({ limit: null, redis: null, proxies: proxiesOf([]), clock: systemClock }),
    corsOrigins: null,
    view: {
      role: 'none',
      armed: { instants: 0, nextMs: null, lastMs: null },
      clockOffsetMs: 0,
      troubles: [],
      stuck: [],
      toldBy: { toldBy: 'lease', why: null },
      notReady: [],
    },
    metrics: NO_METRICS,
    webhooks: NO_WEBHOOKS,
    ...options,
  });
  const { port } = await server.listen(at, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  const call = client(url);
  return {
    url,
    database: options.database,
    db: options.db,
    feed,
    server,
    call,
    async stage(fields = {}) {
      const { body } = await call('POST', '/v1/assignments', {
        title: 'Essay',
        stages: [{ name: 'Draft', ...fields }],
      });
      return body.stages[0];
    },
    also: (more, at) => serve({ ...options, ...more }, at),
    stop: () => server.stop(1000),
  };
}

/** @param body a string is sent as it is */
export function client(url: string): TestApi['call'] {
  return async (method, path, body, headers = {}) => {
    const json = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers: { ...type, ...headers }, ...json });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
}

/** A log that remembers what was said. */
export function recordingLog(): Log & { lines: { level: string; fields: Json }[] } {
  const lines: { level: string; fields: Json }[] = [];
  const at = (level: string) => (fields: unknown) => void lines.push({ level, fields });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') };
  return { ...log, lines } as never;
}

/** ISO text of an instant so many seconds from now. */
export const inSeconds = (seconds: number): string => new Date(systemClock.wallMs() + seconds * 1000).toISOString();

/** The pointers of a validation problem. */
export const pointersOf = (answer: Answer): string[] => answer.body.errors.map((e: { pointer: string }) => e.pointer);
