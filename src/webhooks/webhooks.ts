import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Network } from '../base/networks.ts';
import type { Database } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import type { Webhook } from '../db/entities/webhook.ts';
import type { Alerts } from '../domain/alert.ts';
import { iso } from '../domain/iso.ts';
import { AddressPolicy } from './address-policy.ts';
import { ALERT, type Census, givenUp } from './census.ts';
import type { Endpoint } from './endpoint.ts';
import type { Result } from './parcels.ts';
import type { Outcome, Plan } from './plan.ts';
import { PostOffice } from './post-office.ts';
import { type Resolve, systemResolver } from './resolver.ts';
import { Sender } from './sender.ts';
import { Turns } from './turns.ts';

/** What came of an attempt: it was delivered, is to be tried again, or was given up. */
export type AttemptResult = 'succeeded' | 'retried' | 'failed';

/** What HTTP asks of webhooks. */
export interface WebhookDesk {
  readonly policy: AddressPolicy;
  /** Sends an event of the type webhook.test, once and at once. */
  test(webhook: Webhook): Promise<Outcome>;
  /** Deletes the deliveries of deleted webhooks. */
  tidy(): Promise<void>;
}

export interface WebhooksOptions {
  /** This start of this instance. */
  self: string;
  database: Database;
  dispatcher: Dispatcher;
  clock: Clock;
  random: () => number;
  log: Log;
  alerts: Alerts;
  /** Networks that may be reached although they are not public. */
  allowed: readonly Network[];
  /** The time by the database's clock, epoch milliseconds. */
  nowMs(): number;
  leads(): boolean;
  onAttempt(result: AttemptResult): void;
  resolve?: Resolve;
  plan?: Plan;
  leaseMs?: number;
  deadlineMs?: number;
}

const TESTS_AT_ONCE = 4;
const RESULTS: Readonly<Record<Result['state'], AttemptResult>> = {
  succeeded: 'succeeded',
  pending: 'retried',
  failed: 'failed',
};

/** All that an instance does for webhooks. */
export class Webhooks implements WebhookDesk {
  readonly policy: AddressPolicy;
  readonly #o: WebhooksOptions;
  readonly #sender: Sender;
  readonly #office: PostOffice;
  readonly #tests = new Turns(TESTS_AT_ONCE);
  #count = 0;
  /** Those that operators were told of. */
  #givenUp: readonly string[] = [];

  constructor(options: WebhooksOptions) {
    const { onAttempt, resolve = systemResolver() } = options;
    this.#o = options;
    this.policy = new AddressPolicy(options.allowed);
    this.#sender = new Sender({ ...options, resolve, policy: this.policy });
    this.#office = new PostOffice({
      ...options,
      sender: this.#sender,
      on: {
        attempted: ({ state }) => onAttempt(RESULTS[state]),
        disabled: (endpoint, reason) => this.#disabled(endpoint, reason),
        counted: (census) => this.#counted(census),
      },
    });
  }

  /** How many there are, as far as this instance knows. */
  get count(): number {
    return this.#count;
  }

  /** Once the database was reached. */
  start(): void {
    this.#office.start();
  }

  stop(): Promise<void> {
    return this.#office.stop();
  }

  tidy(): Promise<void> {
    return this.#office.tidy();
  }

  test({ id, url, secret, previousSecret, previousUntilMs }: Webhook): Promise<Outcome> {
    const eventId = `test-${randomUUID()}`;
    const isRotating = previousSecret !== null && (previousUntilMs ?? 0) > this.#o.nowMs();
    const event = {
      ...{ id: eventId, type: 'webhook.test', timestamp: iso(this.#o.nowMs()) },
      data: { webhook_id: id, message: 'This is a test: nothing has happened.' },
    };
    const letter = {
      url,
      id: eventId,
      body: JSON.stringify(event),
      secrets: isRotating ? [secret, previousSecret] : [secret],
    };
    return this.#tests.take(() => this.#sender.send(letter));
  }

  /** Each instance says it. It is raised and resolved once. */
  #counted({ count, givenUp: now }: Census): void {
    this.#count = count;
    const before = this.#givenUp;
    this.#givenUp = now;
    for (const id of now) if (!before.includes(id)) this.#o.alerts.raise(givenUp(id));
    for (const id of before) if (!now.includes(id)) this.#o.alerts.resolve(ALERT, id);
  }

  #disabled({ id, url }: Endpoint, reason: string): void {
    const about = { webhook: id, host: new URL(url).host, reason };
    this.#o.log.error({ event: 'webhook_disabled', ...about }, `webhook: disabled, for ${reason}`);
  }
}
