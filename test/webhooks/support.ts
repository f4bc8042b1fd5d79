import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/base/clock.ts';
import { parseNetwork } from '../../src/base/networks.ts';
import { Dispatcher } from '../../src/db/dispatcher.ts';
import type { Webhook } from '../../src/db/entities/webhook.ts';
import { readSettled } from '../../src/db/read/events.ts';
import { endOf } from '../../src/domain/event.ts';
import { createWebhook, type NewWebhook } from '../../src/webhooks/edit-webhook.ts';
import type { Plan } from '../../src/webhooks/plan.ts';
import { Webhooks, type WebhooksOptions } from '../../src/webhooks/webhooks.ts';
import { type Json, recordingLog } from '../http/support.ts';
import type { Migrated } from '../support/migrated.ts';
import { eventually } from '../support/wait.ts';

/** As the real one, in milliseconds in place of minutes. */
export const QUICK: Plan = {
  delaysMs: [20, 40, 60],
  giveUpAfterMs: 400,
  disableAfterMs: 3_600_000,
  openAfter: 5,
  mostProbeMs: 60,
};

/** Gives nothing up. */
export const PATIENT: Plan = { ...QUICK, giveUpAfterMs: 3_600_000 };

/** One instance, as far as webhooks are concerned. It hears what `tell` says. */
export class TestInstance {
  readonly webhooks: Webhooks;
  readonly log = recordingLog();
  /** Kinds and subjects of open alerts. */
  readonly alerts = new Set<string>();
  readonly self = randomUUID();
  readonly #dispatcher = new Dispatcher();
  isStopped = false;

  constructor({ database }: Migrated, options: Partial<WebhooksOptions> = {}) {
    this.webhooks = new Webhooks({
      self: this.self,
      database,
      dispatcher: this.#dispatcher,
      clock: systemClock,
      random: () => 0.5,
      log: this.log,
      alerts: {
        raise: ({ kind, subject }) => void this.alerts.add(`${kind} ${subject}`),
        resolve: (kind, subject) => void this.alerts.delete(`${kind} ${subject}`),
      },
      allowed: [parseNetwork('127.0.0.0/8') ?? never()],
      nowMs: () => systemClock.wallMs(),
      leads: () => false,
      onAttempt: () => {},
      plan: QUICK,
      ...options,
    });
    this.webhooks.start();
  }

  tell(kind: 'record' | 'webhooks' | 'missed'): void {
    this.#dispatcher.tell({ kind });
  }

  events(name: string): Json[] {
    return this.log.lines.map(({ fields }) => fields).filter(({ event }) => event === name);
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    await this.webhooks.stop();
  }
}

/** A webhook for what comes from now on. */
export async function hook({ database }: Migrated, url: string, more: Partial<NewWebhook> = {}): Promise<Webhook> {
  const after = endOf(await readSettled(database.em()));
  return createWebhook({ database, instance: 'test', actor: null }, { url, after, ...more });
}

/** The deliveries of a webhook, in the order of events. */
export const deliveries = (migrated: Migrated, id: string): Promise<Json[]> =>
  migrated.sql<Json>('SELECT * FROM webhook_delivery WHERE webhook_id = $1 ORDER BY number, n', [id]);

/** Resolves with them once each of them is as `isRight` wants it. */
export const settledDeliveries = (
  migrated: Migrated,
  id: string,
  count: number,
  isRight: (delivery: Json) => boolean = ({ state }) => state === 'succeeded',
): Promise<Json[]> =>
  eventually(
    async () => {
      const all = await deliveries(migrated, id);
      const right = all.filter(isRight);
      if (all.length < count || right.length < all.length)
        throw new Error(
          `${right.length} of ${all.length} (${count}): ${JSON.stringify(all.find((one) => !isRight(one)))}`,
        );
      return all;
    },
    { timeoutMs: 15_000 },
  );

function never(): never {
  throw new Error('cannot be');
}
