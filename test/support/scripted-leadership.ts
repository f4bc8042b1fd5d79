import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../src/base/errors.ts';
import { Health } from '../../src/base/health.ts';
import { silentLog } from '../../src/base/log.ts';
import type { LeaderLock, Queryable } from '../../src/db/database.ts';
import { readLeadership } from '../../src/db/leading/leadership-row.ts';
import { type Term, takeTerm } from '../../src/db/leading/term.ts';
import { Leadership } from '../../src/leader/leadership.ts';
import type { Migrated } from './migrated.ts';
import { ScriptedElection } from './scripted-election.ts';
import { eventually } from './wait.ts';

export const LEASE_MS = 300;

/** One candidate: its election is scripted, its term is in a real database. */
export class ScriptedLeadership {
  election: ScriptedElection;
  readonly health = new Health(systemClock, silentLog);
  /** What happened, in order. */
  readonly events: string[] = [];
  readonly terms: Term[] = [];
  /** Whether the database is out of reach. */
  isAway = false;
  onQuery = (_name: string): void => {};
  /** The lock by which its death is told was let go of. */
  onLetGo = (): void => {};
  /** What the end of a term waits for. */
  stopScheduling = async (): Promise<void> => {};
  leadership: Leadership | null = null;
  readonly #database: Migrated;

  private constructor(database: Migrated) {
    this.#database = database;
    this.election = new ScriptedElection((what) => {
      if (what !== 'renew') this.events.push(what);
    });
  }

  /** On a term that is vacant. It does nothing before `begin`. */
  static async on(database: Migrated): Promise<ScriptedLeadership> {
    await database.sql('UPDATE leadership SET instance = NULL, heartbeat_at = NULL, since = NULL');
    return new ScriptedLeadership(database);
  }

  begin(): void {
    const db: Queryable = {
      query: async (statement, values) => {
        this.onQuery(statement.name);
        if (this.isAway) throw new DatabaseUnavailableError('away');
        return this.#database.db.query(statement, values);
      },
    };
    this.leadership = new Leadership({
      database: { kind: this.#database.database.kind, openLeaderLock: () => this.#openLock() },
      db,
      election: this.election,
      instance: 'me',
      leaseMs: LEASE_MS,
      clock: systemClock,
      random: () => 0.5,
      log: silentLog,
      health: this.health,
      events: {
        onGained: (term) => {
          this.terms.push(term);
          this.events.push('gained');
        },
        onLost: async () => {
          await this.stopScheduling();
          this.events.push('lost');
        },
        onHeartbeat: () => {},
        onSilence: () => {},
      },
    });
  }

  #openLock(): LeaderLock | null {
    const lock = this.#database.database.openLeaderLock();
    return (
      lock && {
        acquire: (events) => lock.acquire(events),
        look: (db) => lock.look(db),
        letGo: () => {
          this.onLetGo();
          lock.letGo();
        },
      }
    );
  }

  async end(): Promise<void> {
    this.isAway = false;
    await this.leadership?.stop();
  }

  happened(what: string, times = 1): Promise<unknown> {
    const come = () => expect(this.events.filter((event) => event === what)).to.have.length.at.least(times);
    return eventually(come, { everyMs: 2 });
  }

  /** Who leads, by the database. */
  async leader(): Promise<string | null> {
    return (await readLeadership(this.#database.db)).instance;
  }

  /** Somebody else takes the term. */
  takeOver(): Promise<Term | null> {
    return takeTerm(this.#database.db, 'rival', LEASE_MS, 'always');
  }

  /** How long the term of `epoch` began after the one before it, in leases. */
  async leasesBefore(epoch: number | undefined): Promise<number> {
    const [row] = await this.#database.sql<{ leases: number }>(
      `SELECT (extract(epoch FROM started_at - (SELECT started_at FROM term WHERE epoch = $1 - 1)) * 1000)::float8 / $2 AS leases
       FROM term WHERE epoch = $1`,
      [epoch, LEASE_MS],
    );
    return row?.leases ?? Number.NaN;
  }
}
