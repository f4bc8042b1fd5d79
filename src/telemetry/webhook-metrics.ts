import { Counter, Gauge, type Registry } from '@prometheus-io/client';
import type { Queryable } from '../db/database.ts';
import { type Backlog, readBacklog } from '../webhooks/backlog.ts';
import type { AttemptResult } from '../webhooks/webhooks.ts';

const RESULTS: readonly AttemptResult[] = ['succeeded', 'retried', 'failed'];

/** How webhooks fare. What is in the database is read once a scrape, and not at all where there is no webhook. */
export class WebhookMetrics {
  readonly #deliveries: Counter<'result'>;

  /** @param count of webhooks, as far as this instance knows */
  constructor(registry: Registry, db: Queryable, count: () => number) {
    const registers = [registry];
    this.#deliveries = new Counter({
      name: 'stagebell_webhook_attempts_total',
      help: 'Attempts that this instance made to deliver an event, by what came of them; failed ones were given up.',
      labelNames: ['result'],
      registers,
    });
    for (const result of RESULTS) this.#deliveries.inc({ result }, 0);
    let reading: Promise<Backlog | null> | null = null;
    const read = (): Promise<Backlog | null> => {
      if (count() === 0) return Promise.resolve({ states: {}, pending: 0, oldestSeconds: null });
      reading ??= readBacklog(db)
        .catch(() => null)
        .finally(() => {
          reading = null;
        });
      return reading;
    };
    new Gauge({
      name: 'stagebell_webhooks',
      help: 'Webhooks in the whole database by state; absent while it cannot be read.',
      labelNames: ['state'],
      registers,
      async collect() {
        const backlog = await read();
        this.reset();
        if (backlog === null) return;
        for (const state of ['active', 'paused', 'disabled']) this.set({ state }, backlog.states[state] ?? 0);
      },
    });
    const gauge = (name: string, help: string, numberOf: (backlog: Backlog) => number | null): void => {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const backlog = await read();
          const value = backlog === null ? null : numberOf(backlog);
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    };
    gauge(
      'stagebell_webhook_pending',
      'Deliveries of active webhooks that wait to be made or tried again, in the whole database. Events that are not yet taken from the record are not among them.',
      ({ pending }) => pending,
    );
    gauge(
      'stagebell_webhook_oldest_pending_seconds',
      'The age of the oldest of them; absent where there is none.',
      ({ oldestSeconds }) => oldestSeconds,
    );
  }

  attempted(result: AttemptResult): void {
    this.#deliveries.inc({ result });
  }
}
