import type { ClockSample } from '../base/remote-clock.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { type DealtWith, NOTHING } from '../db/leading/heartbeat.ts';
import type { Term } from '../db/leading/term.ts';
import type { Election } from '../leader/election.ts';
import { Leadership } from '../leader/leadership.ts';
import type { LossReason } from '../leader/protocol.ts';
import { BATCH } from '../scheduler/advancer.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { stuckTrouble } from '../scheduler/stuck-stages.ts';
import type { KnownStuck, TermHealth } from '../scheduler/term-health.ts';
import type { DatabaseTime } from './database-time.ts';
import type { EngineOptions } from './engine-options.ts';
import type { FullQueue } from './health/full-queue.ts';
import type { Hearing } from './hearing.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { LeadingSessions, OwnSessions } from './sessions/own-sessions.ts';

/** The one connection of an embedded database must be free for requests in between. */
const EMBEDDED_BATCH_MS = 40;
/**
 * Of so many heartbeats one is written. No other process reads those of an embedded database, and a write costs a sync.
 */
const EMBEDDED_WRITE_EVERY = 12;

/** The parts of an instance that it works with. */
export interface LifecycleParts {
  dispatcher: Dispatcher;
  own: OwnSessions;
  time: DatabaseTime;
  hearing: Hearing;
  fullQueue: FullQueue;
  leaderWatch: LeaderWatch;
}

/**
 * Begins a scheduler with each term of this instance, and stops it with the term. Connects leadership to the other
 * parts.
 */
export class SchedulerLifecycle {
  readonly #o: EngineOptions;
  readonly #parts: LifecycleParts;
  readonly #health: TermHealth;
  #scheduler: Scheduler | null = null;

  constructor(options: EngineOptions, parts: LifecycleParts) {
    this.#o = options;
    this.#parts = parts;
    const { dispatcher, own, time, fullQueue } = parts;
    this.#health = {
      tried: (work, error) => own.failing.tried(work, error),
      held: (isHeld) => own.heldWatch?.noted(isHeld),
      stuck: (stuck) => options.health.note('stuck', stuckTrouble(stuck)),
    };
    dispatcher.on(['edit'], ({ instants }) => this.#scheduler?.edited(instants));
    dispatcher.on(['missed'], () => this.#scheduler?.sweep());
    dispatcher.on(['unsaid'], () => this.#scheduler?.look());
    dispatcher.on(['pulse'], ({ databaseMs }) => {
      // Our own pulse tells us nothing new.
      if (this.#scheduler !== null) return;
      fullQueue.heard();
      time.heard(databaseMs);
    });
  }

  get armed(): { instants: number; nextMs: number | null; lastMs: number | null } {
    return this.#scheduler?.armed ?? { instants: 0, nextMs: null, lastMs: null };
  }

  get stuck(): readonly KnownStuck[] {
    return this.#scheduler?.stuck ?? [];
  }

  /** From then on this instance follows, and leads when it is its turn. */
  startLeadership(election: Election, deployment: string, sessions: LeadingSessions): Leadership {
    const { database, instance, leaseMs, clock, random, log, health } = this.#o;
    const { dispatcher, fullQueue, hearing } = this.#parts;
    return new Leadership({
      database,
      db: sessions.lead,
      election,
      instance,
      deployment,
      leaseMs,
      writeEvery: database.kind === 'embedded' ? EMBEDDED_WRITE_EVERY : 1,
      clock,
      random,
      log,
      health,
      dealtWith: () => this.#dealtWith,
      events: {
        onGained: (term, stepDown) => this.#begin(term, stepDown, sessions),
        onLost: (reason) => this.#end(reason, sessions),
        onHeartbeat: (sample, missed) => this.#heartbeat(sample, missed),
        onBack: () => dispatcher.tell({ kind: 'missed' }),
        onQueue: (usage) => fullQueue.noted(usage),
        onSilence: (reason, saidMs) => hearing.distrust(reason, saidMs),
      },
    });
  }

  get #dealtWith(): DealtWith {
    return this.#scheduler?.dealtWith ?? NOTHING;
  }

  #begin(term: Term, stepDown: () => void, sessions: LeadingSessions): void {
    const { instance, leaseMs, horizon, batch = BATCH, database, clock, log, moved } = this.#o;
    const { own, time, leaderWatch } = this.#parts;
    leaderWatch.leads(term);
    this.#scheduler = new Scheduler(term, {
      ringing: [sessions.ring, sessions.ring2],
      planning: sessions.plan,
      trying: sessions.trying,
      instance,
      leaseMs,
      horizon,
      batch,
      batchMs: database.kind === 'embedded' ? EMBEDDED_BATCH_MS : null,
      databaseClock: time.clock,
      clock,
      log,
      moved,
      health: this.#health,
      stepDown,
    });
    own.tablesWatch.termBegins();
  }

  #heartbeat(sample: ClockSample, counted: number | null): void {
    const { own, time, dispatcher, leaderWatch } = this.#parts;
    const missed = counted ?? 0;
    time.measured(sample);
    this.#scheduler?.align();
    own.tablesWatch.look(missed > 0);
    // Something has been due for a second, and no timer rang for it.
    if (missed > 0) this.#scheduler?.sweep();
    // Nothing tells us of edits, so each heartbeat looks for them.
    else if (!this.#o.database.canListen) this.#scheduler?.sweepLateEdits();
    dispatcher.tell({ kind: 'heartbeat', epoch: leaderWatch.epoch, missed: counted });
  }

  /** Resolves when nothing of the term is in flight any more. */
  async #end(reason: LossReason, sessions: LeadingSessions): Promise<void> {
    const { own } = this.#parts;
    const scheduler = this.#scheduler;
    this.#scheduler = null;
    // The next leader finds out by itself which stages are stuck.
    this.#o.health.note('stuck', null);
    own.heldWatch?.noted(false);
    own.failing.forget();
    const stopped = scheduler?.stop();
    // Only a hand-over waits for what runs. Otherwise the answers may never come, and the fence holds anyway.
    if (reason !== 'stopping') {
      for (const session of [sessions.ring, sessions.ring2, sessions.plan, sessions.trying]) session.giveUp();
    }
    await stopped;
  }
}
