import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Why something is out of order, and how to mend it: two sentences for an operator on call. */
export interface Trouble {
  /** Names no host, no user and no address: /readyz shows it to anybody. */
  cause: string;
  cure: string;
  /** What the driver or the system said, for the log and for those who may read `/v1/scheduler`. */
  detail?: string;
  /** The instance should get no requests while it lasts. */
  isBlocking?: boolean;
}

/** A trouble that is known now. */
export interface KnownTrouble extends Required<Trouble> {
  /** What is out of order, in one stable word: `redis`, `listen`, `disk`. */
  part: string;
  /** Wall time of this host, epoch milliseconds. */
  sinceMs: number;
}

/**
 * A trouble as other instances read it. It is kept for an hour after its end. Instants are ISO, by this host's clock.
 */
export interface ReportedTrouble extends Required<Trouble> {
  part: string;
  since: string;
  until: string | null;
}

const REMEMBER_MS = 3_600_000;
const MOST_DETAIL = 500;
const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * Everything that is out of order in this instance, in one place. The parts report it; `degraded` and /readyz show it.
 * The log says it once when it begins and once when it ends. doctor reads it from the table of instances.
 */
export class Health {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #troubles = new Map<string, KnownTrouble>();
  /** The last trouble of each part, once it is over. */
  readonly #over = new Map<string, KnownTrouble & { untilMs: number }>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Called whenever a trouble begins, changes or ends. @returns what ends the calls */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Notes how `part` fares: a trouble, or null when it is well. Saying the same again only renews the detail. */
  note(part: string, trouble: Trouble | null): void {
    const known = this.#troubles.get(part);
    if (trouble === null) {
      if (known !== undefined) this.#end(known);
      return;
    }
    const { cause, cure, detail = '', isBlocking = false } = trouble;
    if (known?.cause === cause && known.isBlocking === isBlocking) {
      this.#troubles.set(part, { ...known, cure, detail });
      return;
    }
    const sinceMs = known?.sinceMs ?? this.#clock.wallMs();
    this.#troubles.set(part, { part, cause, cure, detail, isBlocking, sinceMs });
    this.#log.warn(
      { event: 'degraded_on', degraded: part, cause, cure, detail: detail || undefined },
      `${part}: ${cause}`,
    );
    this.#changed();
  }

  /** Oldest first. */
  get troubles(): readonly KnownTrouble[] {
    return [...this.#troubles.values()];
  }

  /** The last trouble of each part, for the table of instances. */
  report(): ReportedTrouble[] {
    const now = this.#clock.wallMs();
    const over = [...this.#over.values()].filter(
      ({ part, untilMs }) => !this.#troubles.has(part) && now - untilMs < REMEMBER_MS,
    );
    return [...this.troubles.map((trouble) => ({ ...trouble, untilMs: null })), ...over].map(
      ({ sinceMs, untilMs, detail, ...trouble }) => ({
        ...trouble,
        detail: detail.slice(0, MOST_DETAIL),
        since: iso(sinceMs),
        until: untilMs === null ? null : iso(untilMs),
      }),
    );
  }

  /** The parts that are out of order. */
  get degraded(): string[] {
    return [...this.#troubles.keys()];
  }

  #end(known: KnownTrouble): void {
    const { part, sinceMs } = known;
    this.#troubles.delete(part);
    const untilMs = this.#clock.wallMs();
    this.#over.set(part, { ...known, untilMs });
    const lasted_ms = Math.round(untilMs - sinceMs);
    this.#log.info({ event: 'degraded_off', degraded: part, lasted_ms }, `${part}: well again`);
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
