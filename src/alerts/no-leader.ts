import type { Clock } from '../base/clock.ts';
import type { Health } from '../base/health.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { STALE_LEASES } from '../db/leading/term.ts';
import type { Alerts } from '../domain/alert.ts';
import { KIND } from './kinds.ts';

/** The part of the engine that tells who leads. */
export interface LeaderView {
  readonly role: 'leader' | 'follower' | 'none';
  /** Milliseconds since anybody was known to lead. */
  readonly leaderSeenAgoMs: number;
}

export interface NoLeaderOptions {
  alerts: Alerts;
  view: LeaderView;
  health: Health;
  leaseMs: number;
  clock: Clock;
}

/** Nobody leads: any instance notices, by what /readyz goes by. Whoever noticed says so once somebody leads. */
export class NoLeader {
  readonly #o: NoLeaderOptions;
  /** What was before is not known. */
  #startedMs = Number.POSITIVE_INFINITY;
  #isRaised = false;

  constructor(options: NoLeaderOptions, dispatcher: Dispatcher) {
    this.#o = options;
    // Told once a lease while nothing is heard. Somebody may lead all the same.
    dispatcher.on(['silence'], () => this.#look());
    dispatcher.on(['pulse', 'term', 'heartbeat'], () => this.#seen());
  }

  start(): void {
    this.#startedMs = this.#o.clock.monoMs();
  }

  #look(): void {
    const { view, health, leaseMs, clock, alerts } = this.#o;
    const agoMs = Math.min(view.leaderSeenAgoMs, clock.monoMs() - this.#startedMs);
    if (view.role === 'leader' || agoMs <= STALE_LEASES * leaseMs) {
      this.#seen();
      return;
    }
    // Without a database nothing is known, and that trouble has an alert of its own.
    if (this.#isRaised || health.troubles.some(({ isBlocking }) => isBlocking)) return;
    this.#isRaised = true;
    alerts.raise(
      {
        kind: KIND.noLeader,
        severity: 'critical',
        cause: 'no instance leads, so no stage moves',
        cure: 'start an instance that may lead (ROLE=all or clock); docs/operations.md, "Nobody leads"',
      },
      agoMs,
    );
  }

  #seen(): void {
    if (!this.#isRaised) return;
    this.#isRaised = false;
    this.#o.alerts.resolve(KIND.noLeader);
  }
}
