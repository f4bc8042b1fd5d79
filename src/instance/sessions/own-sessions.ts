import type { Clock } from '../../base/clock.ts';
import type { Health } from '../../base/health.ts';
import type { Database, Session } from '../../db/database.ts';
import { LEADER_TIMEOUT_MS } from '../../db/leading/advance.ts';
import type { OwnSession } from '../../db/names.ts';
import { BlockWatch } from '../health/block-watch.ts';
import { DatabaseHealth } from '../health/database-health.ts';
import { Failing } from '../health/failing.ts';
import { HeldWatch } from '../health/held-watch.ts';
import { TablesWatch } from '../health/tables-watch.ts';
import { KeptSessions, type Rehearsal } from './kept-sessions.ts';
import { rehearseAdvance, rehearsePlan, rehearseTerm } from './rehearsal.ts';

/** Two tries fit into a lease, within which it must be known whether the database is out of reach. */
const LEAD_TIMEOUT_LEASES = 1 / 2;

/** A single stage that takes longer than this to move is stuck. */
const TRY_TIMEOUT_MS = 1000;

/** What it takes to lead. */
export interface LeadingSessions {
  /** For the term and its heartbeat. */
  lead: Session;
  /** For the advance alone: nothing may queue in front of a bell. */
  ring: Session;
  ring2: Session;
  /** For reading what to arm. */
  plan: Session;
  /** See OwnSessions. */
  trying: Session;
}

/** The connections of an instance besides its ears, and the watches that use them. */
export class OwnSessions {
  readonly kept: KeptSessions;
  readonly health: DatabaseHealth;
  /** For reads that must not queue in front of the leader's work. */
  readonly watch: Session;
  /** Names whoever keeps the leader's statements waiting. */
  readonly blockWatch: BlockWatch;
  /** Names whoever holds rows that are due; null: there can be nobody. */
  readonly heldWatch: HeldWatch | null;
  readonly failing: Failing;
  /** Reports what others have done to the tables. */
  readonly tablesWatch: TablesWatch;
  /** Connects only when a stage cannot be moved, or somebody is to be named. */
  readonly #trying: Session;
  /** null for an instance that never leads. */
  readonly leading: LeadingSessions | null;

  constructor(options: { database: Database; mayLead: boolean; leaseMs: number; health: Health; clock: Clock }) {
    const { database, mayLead, leaseMs, health, clock } = options;
    this.kept = new KeptSessions(database, health, clock);
    const open = (name: OwnSession, timeoutMs = LEADER_TIMEOUT_MS, rehearse?: Rehearsal): Session =>
      this.kept.add(name, timeoutMs, (error) => this.health.failed(error), rehearse);
    this.watch = open('watch');
    this.health = new DatabaseHealth(this.watch, health, clock);
    database.watchRequests({
      onExhausted: (isExhausted) => this.health.exhausted(isExhausted),
      onError: (error) => this.health.failed(error),
    });
    this.failing = new Failing(clock, health);
    this.tablesWatch = new TablesWatch(this.watch, clock, health);
    this.#trying = database.openSession('try' satisfies OwnSession, TRY_TIMEOUT_MS);
    this.blockWatch = new BlockWatch(this.#trying, clock, health);
    // In an embedded database nobody else can hold anything for long, and there is no other connection to ask on.
    this.heldWatch = database.kind === 'embedded' ? null : new HeldWatch(this.#trying, clock, health);
    const watched = (session: Session): Session =>
      database.kind === 'embedded' ? session : this.blockWatch.over(session);
    this.leading = mayLead
      ? {
          lead: watched(open('lead', Math.min(LEADER_TIMEOUT_MS, LEAD_TIMEOUT_LEASES * leaseMs), rehearseTerm)),
          ring: watched(open('ring', LEADER_TIMEOUT_MS, rehearseAdvance)),
          ring2: watched(open('ring2', LEADER_TIMEOUT_MS, rehearseAdvance)),
          plan: watched(open('plan', LEADER_TIMEOUT_MS, rehearsePlan)),
          trying: this.#trying,
        }
      : null;
  }

  /** Resolves when all are open. */
  async start(): Promise<void> {
    await this.kept.start();
    this.health.start();
  }

  async close(): Promise<void> {
    this.blockWatch.stop();
    this.heldWatch?.noted(false);
    this.tablesWatch.stop();
    await this.health.close();
    await this.kept.close();
    await this.#trying.close();
  }
}
