import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Health, ReportedTrouble } from '../base/health.ts';
import type { Log } from '../base/log.ts';
import { Signal } from '../base/signal.ts';
import { hasState } from '../base/sqlstate.ts';
import type { Queryable } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { differencesTrouble } from '../db/instances/differences.ts';
import {
  type Identity,
  removeInstance,
  tellInstances,
  WRITE_EVERY_MS,
  writeInstance,
} from '../db/instances/instances.ts';
import { readLockOnInstances } from '../db/instances/view.ts';
import { isOfTime } from '../db/leading/stuck.ts';

export interface PresenceOptions {
  self: Identity;
  db: Queryable;
  /** null: not known yet. */
  clockOffsetMs(): number | null;
  clock: Clock;
  random: () => number;
  log: Log;
  health: Health;
  dispatcher: Dispatcher;
  /** The row has been written, or the others cannot see it at all. @param troubles what it says */
  onWritten(troubles: readonly ReportedTrouble[]): void;
}

/** Changes that come together are written together. */
const GATHER_MS = 300;
/** A failed write is tried again after this. The pause doubles, up to WRITE_EVERY_MS. */
const RETRY_MS = 2000;
/** A stop waits no longer than this for its row to be removed. */
const LET_GO_MS = 500;

/**
 * This instance in the table of instances: written when something changes, and every few minutes besides.
 * Nothing depends on it, so a failure is only noted.
 */
export class Presence {
  readonly #o: PresenceOptions;
  readonly #wake: Signal;
  readonly #startedMs: number;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isFirst = true;
  #forgetHealth = (): void => {};

  constructor(options: PresenceOptions) {
    this.#o = options;
    this.#wake = new Signal(options.clock);
    this.#startedMs = options.clock.monoMs();
    // Another instance came or went.
    options.dispatcher.on(['instances'], () => this.#wake.wake());
  }

  /** Once the database has been reached. */
  start(): void {
    if (this.#stop.signal.aborted) return;
    this.#forgetHealth = this.#o.health.onChange(() => this.#wake.wake());
    this.#running = this.#run();
  }

  /** Resolves when the row is removed, or cannot be removed soon. */
  async stop(): Promise<void> {
    const { self, db, clock } = this.#o;
    this.#forgetHealth();
    this.#stop.abort();
    this.#wake.wake();
    const isFirst = this.#isFirst;
    const gone = this.#running
      .then(() => (isFirst ? undefined : removeInstance(db, self.id).then(() => this.#tell())))
      .catch(() => {});
    const isGone = new AbortController();
    await Promise.race([gone, clock.sleep(LET_GO_MS, isGone.signal)]);
    isGone.abort();
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#o;
    let retryMs = RETRY_MS;
    while (!this.#stop.signal.aborted) {
      const isWritten = await this.#write();
      if (isWritten) retryMs = RETRY_MS;
      await this.#wake.wait(isWritten ? WRITE_EVERY_MS : retryMs);
      if (!isWritten) retryMs = Math.min(2 * retryMs, WRITE_EVERY_MS);
      // So that twenty instances do not write at the same moment.
      await clock.sleep(GATHER_MS * (1 + random()), this.#stop.signal);
    }
  }

  async #write(): Promise<boolean> {
    const { self, db, clock, clockOffsetMs, health, log, onWritten } = this.#o;
    const uptimeMs = clock.monoMs() - this.#startedMs;
    try {
      // Not waited for: other statements would wait behind ours.
      const lock = await readLockOnInstances(db);
      if (lock !== null) {
        health.note('instances', lock);
        return false;
      }
      const condition = { uptimeMs, clockOffsetMs: clockOffsetMs(), troubles: health.report() };
      const { others, wasThere } = await writeInstance(db, self, condition, this.#isFirst);
      health.note('instances', differencesTrouble([{ ...self, uptimeMs }, ...others]));
      // It is new, or another instance took it for gone and removed it.
      if (!wasThere) void this.#tell();
      this.#isFirst = false;
      onWritten(condition.troubles);
      return true;
    } catch (error) {
      if (hasState(error, 'forbidden', 'noTable')) {
        health.note('instances', {
          cause: 'this instance may not write the table of instances: the others and doctor do not see it',
          cure: 'GRANT SELECT, INSERT, UPDATE, DELETE ON instance to its database role',
          detail: messageOf(error),
        });
        onWritten([]);
      } else if (isOfTime(error)) {
        health.note('instances', {
          cause: 'somebody holds a lock on the table of instances: it is neither written nor read',
          cure: "find who: SELECT pid FROM pg_locks WHERE relation = 'instance'::regclass AND granted; end that transaction",
          detail: messageOf(error),
        });
      }
      log.debug({ event: 'presence_failed', error: messageOf(error) });
      return false;
    }
  }

  /** Makes the others look at once. If it fails, they look in a few minutes. */
  async #tell(): Promise<void> {
    const { db, log } = this.#o;
    await tellInstances(db).catch((error) => log.debug({ event: 'presence_failed', error: messageOf(error) }));
  }
}
