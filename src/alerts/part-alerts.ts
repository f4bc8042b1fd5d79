import type { Clock, Timer } from '../base/clock.ts';
import type { Health, KnownTrouble, ReportedTrouble } from '../base/health.ts';
import { type AlertBook, PART } from './alert-book.ts';

/** These keep stages from moving, although the instance may get requests. */
const KEEP_STAGES = ['advance', 'blocked', 'plan', 'stuck'];

/** One that is out of order now. */
interface Part {
  sinceMs: number;
  /** Runs until it has lasted long enough. */
  timer: Timer;
  /** Whether an alert about it may be open. */
  isRaised: boolean;
}

export interface PartAlertsOptions {
  book: AlertBook;
  health: Health;
  clock: Clock;
  /** The id of this instance in the table of instances. */
  id: string;
  /** How long a part is out of order before an alert is raised. */
  lastsMs: number;
}

/**
 * An alert for each part of this instance that is out of order for a while. It is resolved once the part is well here,
 * and no other instance reports it. Two instances that are well again at the same moment must not wait for each other:
 * each first writes its own row, and only then looks at the other's.
 */
export class PartAlerts {
  readonly #o: PartAlertsOptions;
  readonly #parts = new Map<string, Part>();
  /** Those that are well again and have alerts to be resolved, and since when, monotonic. */
  readonly #over = new Map<string, number>();
  #forget = (): void => {};

  constructor(options: PartAlertsOptions) {
    this.#o = options;
  }

  start(): void {
    this.#forget = this.#o.health.onChange(() => this.#look());
    this.#look();
  }

  stop(): void {
    this.#forget();
    for (const { timer } of this.#parts.values()) timer.cancel();
    this.#parts.clear();
  }

  /** @param troubles what the row of this instance says now */
  rowWritten(troubles: readonly ReportedTrouble[]): void {
    for (const [part, endedMs] of this.#over) {
      if (troubles.some((trouble) => trouble.part === part && trouble.until === null)) continue;
      this.#over.delete(part);
      this.#o.book.resolvePart(part, endedMs, this.#o.id);
    }
  }

  isOut(part: string): boolean {
    return this.#parts.has(part);
  }

  #look(): void {
    const troubles = this.#o.health.troubles.filter(({ part }) => part !== PART);
    for (const trouble of troubles) if (!this.#parts.has(trouble.part)) this.#begin(trouble);
    for (const part of [...this.#parts.keys()]) if (!troubles.some((trouble) => trouble.part === part)) this.#end(part);
  }

  #begin({ part }: KnownTrouble): void {
    const { clock, lastsMs } = this.#o;
    this.#parts.set(part, {
      sinceMs: clock.monoMs(),
      timer: clock.after(lastsMs, () => this.#lasts(part)),
      isRaised: this.#over.delete(part),
    });
  }

  #lasts(part: string): void {
    const { health, book, clock } = this.#o;
    const known = this.#parts.get(part);
    const trouble = health.troubles.find((trouble) => trouble.part === part);
    if (known === undefined || trouble === undefined) return;
    known.isRaised = true;
    const { cause, cure, detail, isBlocking } = trouble;
    const severity = isBlocking || KEEP_STAGES.includes(part) ? 'critical' : 'warning';
    book.raise({ kind: part, severity, cause, cure, detail }, clock.monoMs() - known.sinceMs);
  }

  #end(part: string): void {
    const known = this.#parts.get(part);
    known?.timer.cancel();
    this.#parts.delete(part);
    if (known?.isRaised) this.#over.set(part, this.#o.clock.monoMs());
  }
}
