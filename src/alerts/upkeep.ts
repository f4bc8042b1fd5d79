import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { haveTermsBegun, readUnread } from '../db/alerts.ts';
import type { Queryable } from '../db/database.ts';
import { readInstances } from '../db/instances/instances.ts';
import { readOpenAlerts } from '../db/read/alerts.ts';
import type { Alert } from '../domain/alert.ts';
import type { AlertBook } from './alert-book.ts';
import { isPart, KIND } from './kinds.ts';
import type { Overdue } from './overdue.ts';
import type { PartAlerts } from './part-alerts.ts';

export interface UpkeepOptions {
  book: AlertBook;
  parts: PartAlerts;
  overdue: Overdue;
  /** For reads that must not queue in front of the leader's work. */
  db: Queryable;
  /** Whether this instance leads. */
  leads(): boolean;
  /** The id of this instance in the table of instances. */
  id: string;
  clock: Clock;
  log: Log;
}

/** What was missed before a term is moved first. */
const AFTER_SWEEP_MS = 1000;
/** So many terms within so long are too many. */
const MANY_TERMS = 4;
const FLAPPING_MS = 600_000;
const UNREAD_MS = 86_400_000;

/**
 * What only the leader looks for: alerts that nobody else will resolve, leaders that change too often, and consumers
 * that do not read. It looks when its term begins and whenever it has written its row in the table of instances: that is
 * when an instance comes or goes, and every five minutes.
 */
export class Upkeep {
  readonly #o: UpkeepOptions;
  #epoch: number | null = null;
  #begins: Timer | null = null;
  #quiet: Timer | null = null;
  #isLooking = false;

  constructor(options: UpkeepOptions) {
    this.#o = options;
  }

  stop(): void {
    this.#begins?.cancel();
    this.#quiet?.cancel();
  }

  /** A heartbeat of ours in this term. */
  leading(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#o.overdue.termBegins();
    this.stop();
    this.#begins = this.#o.clock.after(AFTER_SWEEP_MS, () => void this.#look(() => this.#countTerms()));
  }

  /** The row of this instance has been written. */
  rowWritten(): void {
    if (this.#o.leads()) void this.#look((open) => this.#lookForUnread(open));
  }

  async #look(more: (open: readonly Alert[]) => Promise<void>): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const open = await readOpenAlerts(this.#o.db);
      for (const alert of open) await this.#check(alert);
      await more(open);
    } catch (error) {
      // It is looked at again in a few minutes.
      this.#o.log.debug({ event: 'alert_failed', error: messageOf(error) });
    } finally {
      this.#isLooking = false;
    }
  }

  /** Whoever raised it may be gone. */
  async #check(alert: Alert): Promise<void> {
    const { book, parts, overdue, id, clock } = this.#o;
    const { kind, subject } = alert;
    if (kind === KIND.noLeader) book.resolve(kind);
    if (kind === KIND.overdue) overdue.isOpen();
    if (kind === KIND.termsFlapping && this.#quiet === null) this.#waitForQuiet();
    if (kind === KIND.eventLoop && !(await this.#hasRunSince(alert))) book.resolve(kind, subject);
    if (isPart(kind) && !parts.isOut(kind)) book.resolvePart(kind, clock.monoMs(), id);
  }

  /** Whether an instance of that name runs, and has not been started anew. */
  async #hasRunSince({ subject, raisedMs }: Alert): Promise<boolean> {
    const instances = await readInstances(this.#o.db);
    return instances.some(({ name, startedMs }) => name === subject && startedMs <= raisedMs);
  }

  async #countTerms(): Promise<void> {
    if (!(await haveTermsBegun(this.#o.db, MANY_TERMS, FLAPPING_MS))) return;
    this.#o.book.raise({
      kind: KIND.termsFlapping,
      severity: 'warning',
      cause: `${MANY_TERMS} terms or more have begun within ten minutes: leaders do not stay`,
      cure: 'leadership_lost in the leaders\' logs says why; docs/operations.md, "Leaders change often"',
    });
    this.#waitForQuiet();
  }

  /** If another term begins, its leader waits anew. */
  #waitForQuiet(): void {
    this.#quiet?.cancel();
    this.#quiet = this.#o.clock.after(FLAPPING_MS, () => {
      this.#quiet = null;
      if (this.#o.leads()) this.#o.book.resolve(KIND.termsFlapping);
    });
  }

  async #lookForUnread(open: readonly Alert[]): Promise<void> {
    const { db, book } = this.#o;
    const late = await readUnread(db, UNREAD_MS);
    for (const { name, ageMs } of late) {
      book.raise({
        kind: KIND.recordUnread,
        subject: name,
        severity: 'warning',
        cause: `the consumer ${name} has not read events for more than a day, and they cannot be pruned`,
        cure: `start it again; if it is gone for good, delete its row from record_consumer; docs/operations.md, "Retention of the record"`,
        detail: `${Math.round(ageMs / 3_600_000)} hours`,
      });
    }
    for (const { kind, subject } of open) {
      if (kind === KIND.recordUnread && !late.some(({ name }) => name === subject)) book.resolve(kind, subject);
    }
  }
}
