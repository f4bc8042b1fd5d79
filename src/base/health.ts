import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Why something is out of order, and how to mend it: two sentences for somebody who is on call. */
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
 * Everything that is out of order in this instance, told by the parts themselves and seen in one place:
 * `degraded` and /readyz show it, the log says it once when it begins and once when it ends, and doctor
 * reads it from the table of instances.
 */
export class Health {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #troubles = new Map<string, KnownTrouble>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Notes how `part` fares: a trouble, or null when it is well. Saying the same again changes nothing. */
  note(part: string, trouble: Trouble | null): void {
    const known = this.#troubles.get(part);
    if (trouble === null) {
      if (known !== undefined) this.#end(known);
      return;
    }
    const { cause, cure, detail = '', isBlocking = false } = trouble;
    if (known?.cause === cause && known.isBlocking === isBlocking) return;
    const sinceMs = known?.sinceMs ?? this.#clock.wallMs();
    this.#troubles.set(part, { part, cause, cure, detail, isBlocking, sinceMs });
    this.#log.warn(
      { event: 'degraded_on', degraded: part, cause, cure, detail: detail || undefined },
      `${part}: ${cause}`,
    );
  }

  /** Oldest first. */
  get troubles(): readonly KnownTrouble[] {
    return [...this.#troubles.values()];
  }

  /** The parts that are out of order. */
  get degraded(): string[] {
    return [...this.#troubles.keys()];
  }

  #end({ part, sinceMs }: KnownTrouble): void {
    this.#troubles.delete(part);
    const lasted_ms = Math.round(this.#clock.wallMs() - sinceMs);
    this.#log.info({ event: 'degraded_off', degraded: part, lasted_ms }, `${part}: well again`);
  }
}
