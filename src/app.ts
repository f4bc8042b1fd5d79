import { apiKeyAuthenticator } from './access/api-key-authenticator.ts';
import type { Authenticator } from './access/authenticator.ts';
import type { JwtOptions } from './access/jwt.ts';
import { jwtAuthenticator } from './access/jwt-authenticator.ts';
import { Alerting } from './alerts/alerting.ts';
import { messageOf } from './base/errors.ts';
import { isLoopback } from './base/loopback.ts';
import { needsKeys } from './config/config.ts';
import type { Config } from './config/schema.ts';
import { buildLaterIndexes } from './db/schema/later-indexes.ts';
import { Feed } from './events/feed.ts';
import { Hub } from './events/hub.ts';
import { RecordNotice } from './events/record-notice.ts';
import { RecordedElsewhere } from './events/recorded-elsewhere.ts';
import { proxiesOf } from './http/client-address.ts';
import { RateLimits } from './http/rate-limits.ts';
import type { Security } from './http/security.ts';
import { HttpServer } from './http/server.ts';
import { Care } from './instance/care.ts';
import { Engine } from './instance/engine.ts';
import type { Dependencies } from './instance/engine-options.ts';
import { identityOf } from './instance/identity.ts';
import { Presence } from './instance/presence.ts';
import { StoredKeys } from './keys/stored-keys.ts';
import { Metrics } from './telemetry/metrics.ts';
import { logTransitions } from './telemetry/transition-log.ts';
import { Webhooks } from './webhooks/webhooks.ts';

export interface AppOptions extends Dependencies {
  config: Config;
  /** A client of ioredis for counting requests; by default each instance counts by itself. Whoever made it closes it. */
  counter?: object | null;
}

const NO_LIMIT_MS = 2 ** 31 - 1;

interface Around extends Pick<JwtOptions, 'clock' | 'health' | 'nowMs'> {
  keys: StoredKeys;
}

/** Keys, and tokens where an issuer is configured. */
function authenticatorOf({ security, jwt }: Config, { keys, ...around }: Around): Authenticator {
  const ofKeys = apiKeyAuthenticator(security.apiKeys ?? [], keys);
  const { issuer, audience, jwksUrl } = jwt;
  if (issuer === null || audience === null) return ofKeys;
  const url = jwksUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const rules = { ...jwt, issuer, audiences: audience };
  return jwtAuthenticator(ofKeys, { rules, url, isMetadata: jwksUrl === null, ...around });
}

/** Open if AUTH=none says so; or while it has no key and nobody but this machine reaches it. */
function securityOf(config: Config, around: Around): Security {
  const { apiKeys, auth, allowedHosts, corsOrigins, metricsOpen } = config.security;
  const authenticator = authenticatorOf(config, around);
  const isKnown = apiKeys !== null || config.jwt.issuer !== null || needsKeys(config);
  if (isKnown) return { kind: 'known', authenticator, metricsOpen };
  const hosts = allowedHosts ?? (isLoopback(config.http.host) ? [] : undefined);
  const until = auth === 'none' ? undefined : { authenticator, isClosed: () => around.keys.isAny() };
  return { kind: 'open', metricsOpen, hosts, origins: corsOrigins ?? [], until };
}

/**
 * The composition root: builds each part once, in floor order, and stops them in reverse. HTTP
 * answers from the first moment, so that /readyz can say what is being waited for.
 */
export class App {
  readonly #o: AppOptions;
  /** For readers that follow the record through this instance. */
  readonly feed: Feed;
  readonly #engine: Engine;
  readonly #http: HttpServer;
  readonly #elsewhere: RecordedElsewhere;
  readonly #alerting: Alerting;
  readonly #presence: Presence;
  readonly #care: Care;
  readonly #keys: StoredKeys;
  readonly #webhooks: Webhooks;
  readonly #stopping = new AbortController();

  constructor(options: AppOptions) {
    this.#o = options;
    const { config, ...around } = options;
    const { database, clock, random, log, health } = around;
    this.feed = new Feed(() => database.em());
    const engine = new Engine({
      instance: config.instanceName,
      role: config.role,
      leaseMs: config.leader.leaseMs,
      horizon: config.timers.horizon,
      ...around,
      moved: {
        onMoved: (batch, cause, term) => {
          metrics.moved(batch.tally, cause);
          logTransitions(log, batch, cause, term.epoch);
          notice.say();
        },
        onFailed: () => metrics.advanceFailed(),
      },
    });
    this.feed.listenTo(engine.dispatcher);
    this.#keys = new StoredKeys(database, clock);
    this.#keys.listenTo(engine.dispatcher);
    const notice = new RecordNotice(engine.watchSession);
    this.#elsewhere = new RecordedElsewhere(engine.watchSession, config.instanceName);
    const hub = new Hub(this.feed, database, clock, log);
    const metrics = new Metrics(engine, this.#elsewhere, hub, clock, () => this.#webhooks.count);
    this.#engine = engine;
    this.#care = new Care(engine, database, clock, log);
    const self = identityOf(config);
    const { dispatcher, watchSession: watch } = engine;
    this.#alerting = new Alerting({
      database,
      watch,
      self,
      view: engine,
      leaseMs: config.leader.leaseMs,
      overdueMs: config.alerts.overdueMs,
      clock,
      log,
      health,
      dispatcher,
    });
    this.#webhooks = new Webhooks({
      ...around,
      self: self.id,
      dispatcher,
      alerts: this.#alerting.alerts,
      allowed: config.webhooks.allow ?? [],
      nowMs: () => (engine.knowsClock ? engine.databaseMs : clock.wallMs()),
      leads: () => engine.role === 'leader',
      onAttempt: (result) => metrics.webhooks.attempted(result),
    });
    this.#presence = new Presence({
      self,
      db: watch,
      clockOffsetMs: () => (engine.knowsClock ? engine.clockOffsetMs : null),
      clock,
      random,
      log,
      health,
      dispatcher,
      onWritten: (troubles) => this.#alerting.rowWritten(troubles),
    });
    this.#http = new HttpServer({
      database,
      db: engine.watchSession,
      log,
      clock,
      instance: config.instanceName,
      role: config.role,
      security: securityOf(config, {
        keys: this.#keys,
        clock,
        health,
        nowMs: () => (engine.knowsClock ? engine.databaseMs : clock.wallMs()),
      }),
      limits: new RateLimits({
        limit: config.http.rateLimit,
        redis: options.counter ?? null,
        proxies: proxiesOf(config.http.trustedProxies ?? []),
        clock,
      }),
      corsOrigins: config.security.corsOrigins,
      keyNames: (config.security.apiKeys ?? []).map(({ name }) => name),
      basePath: config.http.basePath,
      metrics,
      view: engine,
      hub,
      random,
      webhooks: this.#webhooks,
    });
  }

  /** Listens, then waits for the database for as long as it takes; resolves with the port. */
  async start(): Promise<{ port: number }> {
    const { config, log, clock } = this.#o;
    const startedMs = clock.monoMs();
    const { port } = await this.#http.listen(config.http.port, config.http.host);
    const { host } = config.http;
    // Where the database is away, or is being made, for longer than a moment.
    log.info({ event: 'answering', port, host }, `answering 503 on ${host}:${port} until it is ready`);
    this.#engine.start();
    // Do not count transitions from before this process.
    this.#engine.started.then(() => this.#elsewhere.sinceLastLook(false)).catch(() => {});
    this.#engine.started
      .then(() => this.#stopping.signal.aborted || this.#ready(startedMs, host, port))
      .catch(() => {});
    return { port };
  }

  /** The database and its tables are ready. */
  #ready(startedMs: number, host: string, port: number): void {
    const { log, clock, config } = this.#o;
    const url = `http://${host}:${port}${config.http.basePath}`;
    const took_ms = Math.round(clock.monoMs() - startedMs);
    log.info(
      { event: 'listening', port, host, took_ms },
      `ready on ${url}${config.role === 'clock' ? '' : `, its API is shown at ${url}/docs`}`,
    );
    this.#alerting.start();
    this.#presence.start();
    this.#care.start();
    this.#webhooks.start();
    void this.#buildIndexes();
    void this.#http.answers.look();
  }

  /** Builds the indexes that a migration has left for later. If it fails, the drift of the tables reports them. */
  async #buildIndexes(): Promise<void> {
    const { database, log } = this.#o;
    try {
      const built = await buildLaterIndexes(database, this.#engine.watchSession, this.#stopping.signal);
      if (built.length > 0) log.info({ event: 'indexed', built }, 'indexes built');
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        log.warn({ event: 'index_failed', error: messageOf(error) }, 'an index could not be built');
    }
  }

  /** Rejects if it can never start, because the schema does not fit this code. */
  get started(): Promise<void> {
    return this.#engine.started;
  }

  /**
   * Leadership first, so that the successor does not wait for our clients; then HTTP; then the rest.
   * Resolves when nothing is left running.
   */
  async stop(): Promise<void> {
    const { log, clock, config, database } = this.#o;
    const startedMs = clock.monoMs();
    this.#stopping.abort();
    this.#care.stop();
    await this.#engine.handOver();
    const handedOverMs = clock.monoMs() - startedMs;
    // Leaves a second for closing connections. 0 = no limit, for which a timer needs a very long time.
    const limitMs = config.shutdownTimeoutMs === 0 ? NO_LIMIT_MS : config.shutdownTimeoutMs - handedOverMs - 1000;
    await Promise.all([this.#http.stop(Math.max(0, limitMs)), this.#webhooks.stop()]);
    this.#keys.close();
    await this.#alerting.stop();
    await this.#presence.stop();
    await this.#engine.close();
    await database.close();
    const tookMs = Math.round(clock.monoMs() - startedMs);
    log.info({ event: 'stopped', handed_over_ms: Math.round(handedOverMs), took_ms: tookMs }, 'stopped');
  }
}
