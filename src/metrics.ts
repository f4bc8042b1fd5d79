import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Tally } from './db/advance.ts';
import { readOverdue } from './db/term.ts';
import { CAUSES } from './domain/transition.ts';
import type { Engine } from './engine.ts';
import type { RecordedElsewhere } from './recorded-elsewhere.ts';

/** Of the engine, what the gauges read at each scrape. */
export type MetricsView = Pick<
  Engine,
  | 'armed'
  | 'role'
  | 'stuck'
  | 'epoch'
  | 'clockOffsetMs'
  | 'heartbeatAgeMs'
  | 'isListening'
  | 'degraded'
  | 'watchSession'
>;

/** Lateness in seconds: from a millisecond, which is the promise, to a minute, which was the poller. */
const LATENESS_BUCKETS = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The Prometheus metrics of one instance: base units, `_total` for counters, no ids as labels. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #transitions: Counter<'cause' | 'to'>;
  readonly #lateness: Histogram;
  readonly #advanceErrors: Counter;
  readonly #http: Histogram<'method' | 'route' | 'status'>;

  /** @param elsewhere what was recorded by others than this process, read at each scrape */
  constructor(view: MetricsView, elsewhere: RecordedElsewhere) {
    const registers = [this.#registry];
    // Event-loop lag and memory among them.
    collectDefaultMetrics({ register: this.#registry });
    this.#transitions = new Counter({
      name: 'stagebell_transitions_total',
      help: 'Transitions made through this instance, by cause and direction; those of plain SQL and of the command line count at the leader.',
      labelNames: ['cause', 'to'],
      registers,
      async collect() {
        // As below: what cannot be read is counted at a later scrape.
        for (const { cause, to, count } of await elsewhere.sinceLastLook(view.role === 'leader').catch(() => [])) {
          this.inc({ cause, to }, count);
        }
      },
    });
    this.#lateness = new Histogram({
      name: 'stagebell_transition_lateness_seconds',
      help: 'occurred_at minus due_at of the transitions that this instance moved at their timer.',
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
    for (const cause of CAUSES) {
      for (const to of ['active', 'completed']) this.#transitions.inc({ cause, to }, 0);
    }
    this.#transitions.inc({ cause: 'edit', to: 'pending' }, 0);
    this.#gauge('overdue_boundaries', 'Boundaries that are due and not yet crossed, in the whole database.', () =>
      readOverdue(view.watchSession),
    );
    this.#gauge(
      'stuck_stages',
      'Stages that this instance, while it leads, cannot move: the database refuses to change their rows.',
      () => view.stuck.length,
    );
    this.#gauge('armed_instants', 'One-shot timers armed by this instance.', () => view.armed.instants);
    this.#gauge(
      'next_instant_timestamp_seconds',
      'The soonest armed instant; 0 when none is.',
      () => (view.armed.nextMs ?? 0) / 1000,
    );
    this.#gauge('leader', '1 when this instance leads.', () => (view.role === 'leader' ? 1 : 0));
    this.#gauge('term', 'The epoch of the latest term that this instance knows of.', () => view.epoch);
    this.#gauge('clock_offset_seconds', "The database's clock minus this host's.", () => view.clockOffsetMs / 1000);
    this.#gauge(
      'heartbeat_age_seconds',
      'Since this instance last wrote a heartbeat as the leader; -1 before the first.',
      () => {
        const ageMs = view.heartbeatAgeMs;
        return ageMs === null ? -1 : ageMs / 1000;
      },
    );
    this.#gauge('listening', '1 while LISTEN is in force.', () => (view.isListening ? 1 : 0));
    this.#gauge('degraded', '1 while something that the service can do without is away.', () =>
      view.degraded.length > 0 ? 1 : 0,
    );
  }

  moved(tally: readonly Tally[], cause: 'timer' | 'sweep'): void {
    for (const { to, latenessMs, count } of tally) {
      this.#transitions.inc({ cause, to }, count);
      if (cause === 'timer') for (let i = 0; i < count; i++) this.#lateness.observe(latenessMs / 1000);
    }
  }

  /** A sweep by hand through this instance. */
  swept({ activated, completed }: { activated: number; completed: number }): void {
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

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name: `stagebell_${name}`,
      help,
      registers: [this.#registry],
      async collect() {
        // A scrape must answer while the database is away: what cannot be read keeps its last value.
        try {
          this.set(await read());
        } catch {}
      },
    });
  }
}
