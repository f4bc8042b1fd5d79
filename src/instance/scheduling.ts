import type { RemoteClock } from '../base/remote-clock.ts';
import { type DealtWith, NOTHING } from '../db/leading/heartbeat.ts';
import type { Term } from '../db/leading/term.ts';
import type { LossReason } from '../leader/protocol.ts';
import { BATCH } from '../scheduler/advancer.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { type KnownStuck, troubleOf } from '../scheduler/stuck-stages.ts';
import type { EngineOptions } from './engine-options.ts';
import type { LeadingSessions, OwnSessions } from './sessions/own-sessions.ts';

/** The one connection of an embedded database must be free for requests in between. */
const EMBEDDED_BATCH_MS = 40;

/** The scheduler of the present term, while this instance leads. */
export class Scheduling {
  readonly #o: EngineOptions;
  readonly #own: OwnSessions;
  readonly #databaseClock: RemoteClock;
  readonly #onDeposed: (term: Term) => void;
  #scheduler: Scheduler | null = null;

  constructor(options: EngineOptions, own: OwnSessions, databaseClock: RemoteClock, onDeposed: (term: Term) => void) {
    this.#o = options;
    this.#own = own;
    this.#databaseClock = databaseClock;
    this.#onDeposed = onDeposed;
  }

  /** null while this instance does not lead. */
  get scheduler(): Scheduler | null {
    return this.#scheduler;
  }

  get armed(): { instants: number; nextMs: number | null; lastMs: number | null } {
    return this.#scheduler?.armed ?? { instants: 0, nextMs: null, lastMs: null };
  }

  get stuck(): readonly KnownStuck[] {
    return this.#scheduler?.stuck ?? [];
  }

  get dealtWith(): DealtWith {
    return this.#scheduler?.dealtWith ?? NOTHING;
  }

  begin(term: Term, sessions: LeadingSessions): void {
    const { instance, leaseMs, horizon, database, clock, log, events } = this.#o;
    const { batch = BATCH } = this.#o;
    this.#scheduler = new Scheduler(term, {
      ringing: [sessions.ring, sessions.ring2],
      planning: sessions.plan,
      trying: sessions.trying,
      instance,
      leaseMs,
      horizon,
      batch,
      batchMs: database.kind === 'embedded' ? EMBEDDED_BATCH_MS : null,
      databaseClock: this.#databaseClock,
      clock,
      log,
      events: {
        onMoved: (moved, cause) => events.onMoved(moved, cause, term),
        onAdvanceFailed: () => events.onAdvanceFailed(),
        onDeposed: () => this.#onDeposed(term),
        onStuck: (stuck) => this.#o.health.note('stuck', troubleOf(stuck)),
        onTried: (work, error) => this.#own.failing.tried(work, error),
        onHeld: (isHeld) => this.#own.heldWatch?.noted(isHeld),
      },
    });
  }

  /** Resolves when nothing of the term is in flight any more. */
  async end(sessions: LeadingSessions, reason: LossReason): Promise<void> {
    const scheduler = this.#scheduler;
    this.#scheduler = null;
    // The next leader finds by itself what is in its way.
    this.#o.health.note('stuck', null);
    this.#own.heldWatch?.noted(false);
    this.#own.failing.forget();
    const stopped = scheduler?.stop();
    // Whoever hands over waits for what runs. Otherwise the answers may never come, and the fence is closed.
    if (reason !== 'stopping') {
      for (const session of [sessions.ring, sessions.ring2, sessions.plan, sessions.trying]) session.giveUp();
    }
    await stopped;
  }
}
