import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Clock } from '../base/clock.ts';
import { VERSION } from '../base/version.ts';
import type { Queryable } from '../db/database.ts';
import type { Tally } from '../db/leading/advance.ts';
import { readOverdue } from '../db/leading/heartbeat.ts';
import { readOpenAlerts } from '../db/read/alerts.ts';
import { CAUSES } from '../domain/transition.ts';
import type { Hub } from '../events/hub.ts';
import type { RecordedElsewhere } from '../events/recorded-elsewhere.ts';
import type { Engine } from '../instance/engine.ts';
import { WebhookMetrics } from './webhook-metrics.ts';

/** The part of the engine that the gauges read at each scrape. */
export type MetricsView = Pick<
  Engine,
  | 'armed'
  | 'role'
  | 'stuck'
  | 'epoch'
  | 'clockOffsetMs'
  | 'knowsClock'
  | 'notReady'
  | 'heartbeatAgeMs'
  | 'isListening'
  | 'degraded'
  | 'watchSession'
>;

/** Lateness in seconds: from a millisecond, as promised, to a minute, as with the old poller. */
const LATENESS_BUCKETS = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** How often Node looks at its event loop. Five times a second we look as well (alerts/stall-watch.ts). */
const EVENT_LOOP_EVERY_MS = 11;
const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The Prometheus metrics of one instance: base units, `_total` for counters, no ids as labels. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #transitions: Counter<'cause' | 'to'>;
  readonly #lateness: Histogram<'cause'>;
  readonly #advanceErrors: Counter;
  readonly #clock: Clock;
  readonly #session: Queryable;
  #looking: Promise<Look> | null = null;
  /** Wall time of the last sweep that moved something. */
  #sweptMs: number | null = null;
  readonly #http: Histogram<'method' | 'route' | 'status'>;
  readonly webhooks: WebhookMetrics;

  /**
   * @param elsewhere transitions that this process did not make itself, read at each scrape
   * @param webhooks how many there are, as far as this instance knows
   */
  constructor(
    view: MetricsView,
    elsewhere: RecordedElsewhere,
    hub: Pick<Hub, 'counts'>,
    clock: Clock,
    webhooks: () => number = () => 0,
  ) {
    this.#clock = clock;
    this.#session = view.watchSession;
    const registers = [this.#registry];
    this.webhooks = new WebhookMetrics(this.#registry, view.watchSession, webhooks);
    const seen = new Set<string>();
    // These include event-loop lag and memory.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: EVENT_LOOP_EVERY_MS });
    this.#transitions = new Counter({
      name: 'stagebell_transitions_total',
      help: 'Transitions made through this instance, by cause and direction; those of plain SQL and of the command line count at the leader.',
      labelNames: ['cause', 'to'],
      registers,
      async collect() {
        // If it cannot be read now, a later scrape counts it.
        for (const { cause, to, count } of await elsewhere.sinceLastLook(view.role === 'leader').catch(() => [])) {
          this.inc({ cause, to }, count);
        }
      },
    });
    this.#lateness = new Histogram({
      name: 'stagebell_transition_lateness_seconds',
      help: 'occurred_at minus due_at of the transitions that this instance moved, at their timer or by a sweep.',
      labelNames: ['cause'],
      buckets: LATENESS_BUCKETS,
      registers,
    });
    this.#advanceErrors = new Counter({
      name: 'stagebell_advance_errors_total',
      help: 'Advances that failed and were tried again.',
      registers,
    });
    this.#http = new Histogram({
      name: 'stagebell_http_request_duration_seconds',
      help: 'HTTP requests by route.',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS,
      registers,
    });
    for (const cause of ['timer', 'sweep']) this.#lateness.zero({ cause });
    for (const cause of CAUSES) {
      for (const to of ['active', 'completed']) this.#transitions.inc({ cause, to }, 0);
    }
    this.#transitions.inc({ cause: 'edit', to: 'pending' }, 0);
    this.#gauge(
      'overdue_boundaries',
      'Boundaries that are due and not yet crossed, in the whole database; absent while it cannot be read.',
      async () => (await this.#look()).overdue,
    );
    this.#gauge('database_up', '1 when this instance could read the database for this scrape.', async () =>
      (await this.#look()).overdue === null ? 0 : 1,
    );
    this.#gauge(
      'database_round_trip_seconds',
      'How long the database took for the one statement of this scrape.',
      async () => (await this.#look()).tookSeconds,
    );
    this.#gauge('ready', '1 while /readyz answers 200.', () => (view.notReady.length === 0 ? 1 : 0));
    this.#gauge(
      'stuck_stages',
      'Stages that this instance, while it leads, cannot move: the database refuses to change their rows.',
      () => view.stuck.length,
    );
    this.#gauge('armed_instants', 'One-shot timers armed by this instance.', () => view.armed.instants);
    this.#gauge('next_instant_timestamp_seconds', 'The soonest armed instant; absent when none is.', () =>
      inSeconds(view.armed.nextMs),
    );
    this.#gauge('stream_readers', 'Streams of events that are open.', () => hub.counts.readers);
    countOf('stream_events_total', 'Events sent to streams, once for each reader.', () => hub.counts.sent, registers);
    countOf(
      'stream_cut_off_total',
      'Streams ended because their reader took nothing.',
      () => hub.counts.cutOff,
      registers,
    );
    this.#gauge('leader', '1 when this instance leads.', () => (view.role === 'leader' ? 1 : 0));
    this.#gauge('term', 'The epoch of the latest term that this instance knows of.', () => view.epoch);
    this.#gauge('clock_offset_seconds', "The database's clock minus this host's; absent before the first sample.", () =>
      inSeconds(view.knowsClock ? view.clockOffsetMs : null),
    );
    this.#gauge('heartbeat_age_seconds', 'Since this instance last wrote a heartbeat; absent unless it leads.', () =>
      inSeconds(view.role === 'leader' ? view.heartbeatAgeMs : null),
    );
    this.#gauge('listening', '1 while LISTEN is in force.', () => (view.isListening ? 1 : 0));
    this.#gauge(
      'last_sweep_timestamp_seconds',
      'When this instance last moved what had been missed; absent when it never did.',
      () => inSeconds(this.#sweptMs),
    );
    new Gauge({
      name: 'stagebell_degraded',
      help: '1 for each part that is out of order, 0 when it is well again; absent when it never was.',
      labelNames: ['part'],
      registers,
      collect() {
        const parts = view.degraded;
        for (const part of parts) this.set({ part }, 1);
        for (const part of seen) if (!parts.includes(part)) this.set({ part }, 0);
        for (const part of parts) seen.add(part);
      },
    });
    new Gauge({
      name: 'stagebell_alerts_open',
      help: 'Alerts that last, in the whole database; absent where there are none, and while they cannot be read.',
      labelNames: ['kind', 'severity'],
      registers,
      async collect() {
        const open = await readOpenAlerts(view.watchSession).catch(() => []);
        this.reset();
        for (const { kind, severity } of open) this.inc({ kind, severity });
      },
    });
    new Gauge({
      name: 'stagebell_build_info',
      help: 'The release of this instance; always 1.',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version: VERSION, node: process.versions.node }, 1);
  }

  moved(tally: readonly Tally[], cause: 'timer' | 'sweep'): void {
    for (const { to, latenessMs, count } of tally) {
      this.#transitions.inc({ cause, to }, count);
      for (let i = 0; i < count; i++) this.#lateness.observe({ cause }, latenessMs / 1000);
      if (cause === 'sweep' && count > 0) this.#sweptMs = this.#clock.wallMs();
    }
  }

  /** A sweep by hand through this instance. */
  swept({ activated, completed }: { activated: number; completed: number }): void {
    if (activated + completed > 0) this.#sweptMs = this.#clock.wallMs();
    this.#transitions.inc({ cause: 'sweep', to: 'active' }, activated);
    this.#transitions.inc({ cause: 'sweep', to: 'completed' }, completed);
  }

  advanceFailed(): void {
    this.#advanceErrors.inc();
  }

  observeHttp(route: string, method: string, status: number, seconds: number): void {
    this.#http.observe({ route, method, status: String(status) }, seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** One statement per scrape. A scrape must answer even while the database is away. */
  #look(): Promise<Look> {
    const startedMs = this.#clock.monoMs();
    const took = (): number => (this.#clock.monoMs() - startedMs) / 1000;
    this.#looking ??= readOverdue(this.#session)
      .then(
        (overdue) => ({ overdue, tookSeconds: took() }),
        () => ({ overdue: null, tookSeconds: null }),
      )
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  /** @param read null: unknown now. Then the series is absent, instead of showing an old or invented value */
  #gauge(name: string, help: string, read: () => number | null | Promise<number | null>): void {
    new Gauge({
      name: `stagebell_${name}`,
      help,
      registers: [this.#registry],
      async collect() {
        const value = await read();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }
}

interface Look {
  /** null: it could not be read. */
  overdue: number | null;
  tookSeconds: number | null;
}

/** A counter of what others count. */
function countOf(name: string, help: string, read: () => number, registers: Registry[]): void {
  let before = 0;
  new Counter({
    name: `stagebell_${name}`,
    help,
    registers,
    collect() {
      const now = read();
      this.inc(now - before);
      before = now;
    },
  });
}

const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
