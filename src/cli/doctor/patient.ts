import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config/schema.ts';
import { type Blocker, readWaitedFor } from '../../db/blockers.ts';
import type { Database, Session } from '../../db/database.ts';
import type { Instance } from '../../db/instances/instances.ts';

/** What the checks look at, and what earlier checks found out for later ones. */
export class Patient {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  database: Database | null = null;
  /** Why nothing can be written; null: writing works. */
  cannotWrite: { text: string; cure: string } | null = null;
  /** The leader's name; null: nobody leads. */
  leader: string | null = null;
  instances: readonly Instance[] = [];
  /** The sessions that ours, or the service's, were seen waiting for. */
  readonly waitedFor = new Map<number, Blocker>();
  #db: Session | null = null;
  #beside: Session | null = null;

  constructor(config: Config, env: NodeJS.ProcessEnv, clock: Clock) {
    this.config = config;
    this.env = env;
    this.clock = clock;
  }

  /** @param database one that is connected */
  meet(database: Database, timeoutMs: number): void {
    this.database = database;
    this.#db = database.openSession('doctor', timeoutMs);
    // A second session, to ask what the first one is waiting for. An embedded database has only one.
    this.#beside = database.kind === 'embedded' ? null : database.openSession('doctor', timeoutMs);
  }

  get db(): Session {
    if (this.#db === null) throw new Error('there is no database to ask');
    return this.#db;
  }

  /** Notes who keeps sessions of ours waiting at this moment. Never rejects. */
  async lookForBlockers(): Promise<void> {
    const found = this.#beside === null ? [] : await readWaitedFor(this.#beside).catch(() => []);
    for (const blocker of found) this.waitedFor.set(Number(blocker.pid), blocker);
  }

  async close(): Promise<void> {
    await this.#db?.close();
    await this.#beside?.close();
    await this.database?.close().catch(() => {});
  }
}
