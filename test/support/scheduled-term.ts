import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { RemoteClock } from '../../src/base/remote-clock.ts';
import type { Queryable, Session } from '../../src/db/database.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import type { Migrated } from './migrated.ts';
import { within } from './wait.ts';

export interface ScheduledTermOptions {
  horizon?: number;
  /** Boundaries per statement at most. */
  batch?: number;
  /** In place of the connections on which bells are rung. */
  ringing?: (session: Session) => Queryable;
  /** In place of the connection on which is read what to arm. */
  planning?: (session: Session) => Queryable;
  onHeld?: (isHeld: boolean) => void;
  databaseClock?: RemoteClock;
}

/** One term's scheduler on a database, told only what the test tells it: nobody listens. */
export class ScheduledTerm {
  readonly scheduler: Scheduler;
  readonly databaseClock: RemoteClock;
  /** The cause of each boundary moved, in order. */
  readonly causes: string[] = [];
  failures = 0;
  readonly #sessions: Session[];
  #onChange = (): void => {};

  private constructor(database: Migrated, term: { epoch: number; nonce: string }, options: ScheduledTermOptions) {
    const open = (name: string): Session => database.database.openSession(name, 5000);
    const [ring, ring2, plan] = [open('ring'), open('ring2'), open('plan')];
    const trying = database.database.openSession('try', 1000);
    this.#sessions = [ring, ring2, plan, trying];
    this.databaseClock = options.databaseClock ?? new RemoteClock(systemClock);
    const itself = (session: Session): Queryable => session;
    const { ringing = itself, planning = itself, horizon = 100, batch = 2000, onHeld = () => {} } = options;
    this.scheduler = new Scheduler(term, {
      ringing: [ringing(ring), ringing(ring2)],
      planning: planning(plan),
      trying,
      instance: 'leader',
      leaseMs: 5000,
      horizon,
      batch,
      databaseClock: this.databaseClock,
      clock: systemClock,
      log: silentLog,
      moved: {
        onMoved: ({ moved }, cause) => {
          for (let i = 0; i < moved; i++) this.causes.push(cause);
          this.#onChange();
        },
        onFailed: () => {
          this.failures += 1;
        },
      },
      health: { tried: () => {}, held: onHeld, stuck: () => {} },
      stepDown: () => {},
    });
  }

  static async begin(database: Migrated, options: ScheduledTermOptions = {}): Promise<ScheduledTerm> {
    const term = await takeTerm(database.db, 'leader', 5000, 'always');
    if (term === null) throw new Error('The term was not given.');
    return new ScheduledTerm(database, term, options);
  }

  /** Resolves with all causes once so many boundaries were moved. */
  async moved(count: number, timeoutMs = 3000): Promise<string[]> {
    const come = new Promise<void>((resolve) => {
      this.#onChange = () => {
        if (this.causes.length >= count) resolve();
      };
      this.#onChange();
    });
    await within(come, timeoutMs, `${count} boundaries moved (there are ${this.causes.length})`);
    return this.causes;
  }

  async end(): Promise<void> {
    await this.scheduler.stop();
    await Promise.all(this.#sessions.map((session) => session.close()));
  }
}
