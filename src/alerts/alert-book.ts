import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Health } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import { Signal } from '../base/signal.ts';
import { hasState } from '../base/sqlstate.ts';
import { raiseAlert, resolveAlert } from '../db/alerts.ts';
import type { Queryable } from '../db/database.ts';
import type { Alerts, NewAlert } from '../domain/alert.ts';

export interface AlertBookOptions {
  /** Connections for requests: a commit may wait for a disk or a standby, and bells must not wait with it. */
  db: Queryable;
  /** The name of this instance. */
  instance: string;
  clock: Clock;
  log: Log;
  health: Health;
}

/** Between tries while nothing can be written. */
const RETRY_MS = [1000, 30_000] as const;
/** Another instance has resolved it although it lasts: the database takes it again after this. */
const ANEW_MS = 10_000;
/** A stop waits no longer than this for what is being written. */
const LET_GO_MS = 500;
/** This part says that alerts cannot be written, so no alert can tell of it. */
export const PART = 'alerts';

/** What is to be written about one alert: first that it was raised, then that it was resolved. */
interface Page {
  kind: string;
  subject: string;
  raise: { alert: NewAlert; beganMs: number } | null;
  /** `asking`: see resolveAlert. */
  end: { endedMs: number; asking: string | null } | null;
  /** Not before this, monotonic. */
  waitsUntilMs: number;
}

/**
 * Writes alerts, one after the other. What cannot be written now is kept, with the instants at which it began and
 * ended, and written once the database is back. Nothing runs while there is nothing to write.
 */
export class AlertBook implements Alerts {
  readonly #o: AlertBookOptions;
  readonly #pages = new Map<string, Page>();
  readonly #wake: Signal;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  #isOpen = false;

  constructor(options: AlertBookOptions) {
    this.#o = options;
    this.#wake = new Signal(options.clock);
  }

  /** The database has been reached: what was kept until now is written. */
  start(): void {
    this.#isOpen = true;
    this.#write();
  }

  /** What is not written by now is lost. Resolves when nothing runs, or soon. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#stop.abort();
    this.#wake.wake();
    const isOver = new AbortController();
    await Promise.race([this.#running, this.#o.clock.sleep(LET_GO_MS, isOver.signal)]);
    isOver.abort();
  }

  /** The database may be back: what waits is tried now. */
  hurry(): void {
    for (const page of this.#pages.values()) page.waitsUntilMs = 0;
    this.#wake.wake();
  }

  raise(alert: NewAlert, agoMs = 0): void {
    const page = this.#pageOf(alert.kind, alert.subject ?? '');
    page.raise ??= { alert: storable(alert), beganMs: this.#o.clock.monoMs() - agoMs };
    // If its end has not been written yet, it simply goes on.
    page.end = null;
    this.#write();
  }

  resolve(kind: string, subject = ''): void {
    this.#end(kind, subject, this.#o.clock.monoMs(), null);
  }

  /**
   * A part of this instance is well again. The alert is kept while other instances report it.
   * @param endedMs monotonic
   * @param asking the id of this instance
   */
  resolvePart(part: string, endedMs: number, asking: string): void {
    this.#end(part, '', endedMs, asking);
  }

  #end(kind: string, subject: string, endedMs: number, asking: string | null): void {
    this.#pageOf(kind, subject).end ??= { endedMs, asking };
    this.#write();
  }

  #pageOf(kind: string, subject: string): Page {
    const key = `${kind} ${subject}`;
    const page = this.#pages.get(key) ?? { kind, subject, raise: null, end: null, waitsUntilMs: 0 };
    this.#pages.set(key, page);
    return page;
  }

  #write(): void {
    if (!this.#isOpen || this.#stop.signal.aborted) return;
    this.#wake.wake();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  async #run(): Promise<void> {
    const { clock, health } = this.#o;
    const backoff = new Backoff(...RETRY_MS);
    while (this.#pages.size > 0 && !this.#stop.signal.aborted) {
      const [key, page] = this.#next();
      const waitMs = page.waitsUntilMs - clock.monoMs();
      if (waitMs > 0) {
        await this.#wake.wait(waitMs);
        continue;
      }
      try {
        await this.#writePage(page);
        if (page.raise === null && page.end === null) this.#pages.delete(key);
        backoff.reset();
        health.note(PART, null);
      } catch (error) {
        this.#failed(error);
        // The others have their turn before it is tried again.
        page.waitsUntilMs = clock.monoMs() + backoff.next();
      }
    }
  }

  /** The one that may be written first. */
  #next(): [string, Page] {
    const [first, ...others] = [...this.#pages];
    if (first === undefined) throw new Error('There is nothing to write.');
    return others.reduce((a, b) => (b[1].waitsUntilMs < a[1].waitsUntilMs ? b : a), first);
  }

  async #writePage(page: Page): Promise<void> {
    const { db, instance, clock, log } = this.#o;
    const { raise, end } = page;
    if (raise !== null) {
      const { alert, beganMs } = raise;
      const became = await raiseAlert(db, alert, instance, clock.monoMs() - beganMs, end === null);
      if (became === 'raised') {
        const { kind, subject, severity, cause, cure, detail } = alert;
        log.warn({ event: 'alert_raised', kind, subject, severity, cause, cure, detail }, `${kind}: ${cause}`);
      }
      if (became === 'over' && page.end === null) page.waitsUntilMs = clock.monoMs() + ANEW_MS;
      else page.raise = null;
    } else if (end !== null) {
      const { kind, subject } = page;
      const lasted_ms = await resolveAlert(db, page, instance, clock.monoMs() - end.endedMs, end.asking);
      if (lasted_ms !== null) log.info({ event: 'alert_resolved', kind, subject, lasted_ms }, `${kind}: resolved`);
      // It may have begun again meanwhile.
      if (page.end === end) page.end = null;
    }
  }

  #failed(error: unknown): void {
    const { log, health } = this.#o;
    log.debug({ event: 'alert_failed', error: messageOf(error) });
    if (!hasState(error, 'forbidden', 'noTable')) return;
    health.note(PART, {
      cause: 'this instance may not write alerts: they are only in its log and in its metrics',
      cure: 'GRANT EXECUTE ON the functions raise_alert and resolve_alert to its database role (docs/operations.md, "Roles and grants")',
      detail: messageOf(error),
    });
  }
}

const MOST_DETAIL = 500;

/** PostgreSQL keeps no NUL in a text. */
function storable({ detail = '', ...alert }: NewAlert): NewAlert {
  return { ...alert, detail: detail.replaceAll('\0', '').slice(0, MOST_DETAIL) };
}
