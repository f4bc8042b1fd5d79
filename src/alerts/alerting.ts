import type { Clock } from '../base/clock.ts';
import type { Health, ReportedTrouble } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import type { Queryable } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import type { Alerts } from '../domain/alert.ts';
import { AlertBook } from './alert-book.ts';
import { type LeaderView, NoLeader } from './no-leader.ts';
import { Overdue } from './overdue.ts';
import { PartAlerts } from './part-alerts.ts';
import { StallWatch } from './stall-watch.ts';
import { Upkeep } from './upkeep.ts';

export interface AlertingOptions {
  /** Connections for requests. */
  database: Queryable;
  /** For reads that must not queue in front of the leader's work. */
  watch: Queryable;
  /** This instance in the table of instances. */
  self: { id: string; name: string };
  view: LeaderView;
  leaseMs: number;
  /** How long something is overdue before an alert is raised. */
  overdueMs: number;
  /** How long a part is out of order before an alert is raised; 10 s if not given. */
  lastsMs?: number;
  clock: Clock;
  log: Log;
  health: Health;
  dispatcher: Dispatcher;
}

const LASTS_MS = 10_000;

/**
 * Notices what operators should know, on every instance. Nobody polls: each source is told of by something that happens
 * anyway, and PostgreSQL sees that an alert is raised and resolved once.
 */
export class Alerting {
  readonly #book: AlertBook;
  readonly #parts: PartAlerts;
  readonly #noLeader: NoLeader;
  readonly #stalls: StallWatch;
  readonly #upkeep: Upkeep;

  constructor({ database, watch, self, view, leaseMs, overdueMs, lastsMs = LASTS_MS, ...around }: AlertingOptions) {
    const { clock, log, health, dispatcher } = around;
    const book = new AlertBook({ db: database, instance: self.name, clock, log, health });
    this.#book = book;
    this.#parts = new PartAlerts({ book, health, clock, id: self.id, lastsMs });
    this.#noLeader = new NoLeader({ alerts: book, view, health, leaseMs, clock }, dispatcher);
    this.#stalls = new StallWatch(book, clock, self.name);
    const overdue = new Overdue(book, clock, overdueMs);
    const leads = (): boolean => view.role === 'leader';
    const upkeep = new Upkeep({ book, parts: this.#parts, overdue, db: watch, leads, id: self.id, clock, log });
    this.#upkeep = upkeep;
    dispatcher.on(['heartbeat'], ({ epoch, missed }) => {
      upkeep.leading(epoch);
      if (missed !== null) overdue.counted(missed);
    });
    // Connections are back.
    dispatcher.on(['missed'], () => book.hurry());
  }

  /** For other parts that have something to tell operators. */
  get alerts(): Alerts {
    return this.#book;
  }

  /** Once the database has been reached. */
  start(): void {
    this.#book.start();
    this.#parts.start();
    this.#noLeader.start();
    this.#stalls.start();
  }

  async stop(): Promise<void> {
    this.#stalls.stop();
    this.#upkeep.stop();
    this.#parts.stop();
    await this.#book.stop();
  }

  /** The row of this instance has been written. @param troubles what it says */
  rowWritten(troubles: readonly ReportedTrouble[]): void {
    this.#parts.rowWritten(troubles);
    this.#upkeep.rowWritten();
  }
}
