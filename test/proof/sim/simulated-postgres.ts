import type { PGlite, Results } from '@electric-sql/pglite';
import type { PgliteConnection } from '@mikro-orm/pglite';
import { silentLog } from '../../../src/base/log.ts';
import { PgliteDatabase } from '../../../src/db/embedded/pglite.ts';
import { READ_CHANNEL } from '../../../src/db/names.ts';
import { migrate } from '../../../src/db/schema/schema.ts';
import { JOURNAL } from './journal.ts';
import { LeaderLockQueue } from './leader-lock.ts';
import type { PostgresClient } from './postgres-client.ts';
import { noServerFaults, type ServerFaults } from './server-faults.ts';
import { StoppedTime } from './stopped-time.ts';
import { T0, World } from './world.ts';

/** Notified to connections that listen. */
export type Listener = (payload: string) => void;

/**
 * The one PostgreSQL of a simulation: a PGlite, which works in no simulated time, and a clock of its own
 * that no host shares. PGlite reads the global Date, so that is the database's clock during a run.
 */
export class SimulatedPostgres {
  readonly database: PgliteDatabase;
  readonly #pglite: PGlite;
  readonly listeners = new Set<Listener>();
  /** Called when connections break. */
  readonly connections = new Set<(reason: string) => void>();
  /** Those that it has let in. */
  readonly sessions = new Set<PostgresClient>();
  readonly leaderLock = new LeaderLockQueue<PostgresClient>();
  #backends = 0;
  faults = noServerFaults();
  /** Statements that wait for a table. */
  readonly #waiting = new Set<() => void>();
  #world = new World(0);
  #aheadMs = 0;
  /** In true time. */
  #steps: { fromMs: number; aheadMs: number }[] = [];
  readonly #prepared = new Map<string, string>();
  isUp = true;
  /** Makes the service's statements worse, for a control that is to fail; of no effect on a run that follows. */
  sabotage = asItIs;
  /** Whether a notification is sent at all; likewise. */
  isHeard = (_payload: string): boolean => true;
  /** By how much the clock has stepped in this run. */
  stepped = { backMs: 0, forwardMs: 0 };
  /** Instants of edits in this run that a listener was not told of. */
  readonly unheard = new Set<number>();

  private constructor(database: PgliteDatabase, pglite: PGlite) {
    this.database = database;
    this.#pglite = pglite;
  }

  /** To be used for many runs, because a schema takes long to make. */
  static async create(): Promise<SimulatedPostgres> {
    const time = new StoppedTime(() => T0);
    try {
      return await SimulatedPostgres.#create();
    } finally {
      time.release();
    }
  }

  static async #create(): Promise<SimulatedPostgres> {
    const database = new PgliteDatabase('memory://', silentLog);
    await database.connect();
    await migrate(database, database.openSession());
    const pglite = await (database.orm.em.getConnection() as unknown as PgliteConnection).getNativeClient();
    await pglite.exec(JOURNAL);
    // PGlite copies the table of its parsers for each answer, and most of it is for arrays, which nobody reads.
    for (const oid of Object.keys(pglite.parsers)) if (!READ.includes(Number(oid))) delete pglite.parsers[Number(oid)];
    const server = new SimulatedPostgres(database, pglite);
    const [row] = await database.query<{ channel: string }>(READ_CHANNEL);
    await pglite.listen(row?.channel ?? '', (payload) => {
      if (server.isHeard(payload)) for (const listener of server.listeners) listener(payload);
    });
    return server;
  }

  /** Epoch milliseconds with a fraction. */
  get clockMs(): number {
    return this.#world.nowMs + this.#aheadMs;
  }

  /** What it showed, or will show, at a moment of true time. */
  clockAt(trueMs: number): number {
    const step = this.#steps.findLast(({ fromMs }) => fromMs <= trueMs);
    return trueMs + (step?.aheadMs ?? 0);
  }

  /** Empties the tables and belongs to this world from now on. `release` gives the Date back. */
  async begin(world: World): Promise<StoppedTime> {
    this.#world = world;
    this.#aheadMs = 0;
    this.unheard.clear();
    this.#steps = [];
    this.stepped = { backMs: 0, forwardMs: 0 };
    this.isUp = true;
    this.sabotage = asItIs;
    this.isHeard = () => true;
    this.listeners.clear();
    this.connections.clear();
    this.sessions.clear();
    this.leaderLock.clear();
    this.#backends = 0;
    this.#waiting.clear();
    this.faults = noServerFaults();
    const time = new StoppedTime(() => this.clockMs);
    await this.#pglite.exec(
      `TRUNCATE stage, assignment, transition, term, leadership, journal, simulated_lock RESTART IDENTITY;
       SET simulated.queue = 'free';
       SELECT setval('simulated_uuid', ${1 + (world.seed % 2 ** 40) * 2 ** 12});
       INSERT INTO leadership (epoch) VALUES (0);`,
    );
    // The record of that comes at its commit; a run begins with none, and counts from 1.
    await this.#pglite.exec(
      `TRUNCATE change, change_commit;
       SELECT setval(pg_get_serial_sequence('transition', 'id'), 1, false), setval('change_statement_seq', 1, false);`,
    );
    return time;
  }

  stepClock(ms: number): void {
    this.#world.trace.add('postgres', `clock steps by ${ms.toFixed(3)} ms`);
    this.#aheadMs += ms;
    this.#steps.push({ fromMs: this.#world.nowMs, aheadMs: this.#aheadMs });
    if (ms < 0) this.stepped.backMs -= ms;
    else this.stepped.forwardMs += ms;
    this.execute(`INSERT INTO journal (kind, row) VALUES ('clock', jsonb_build_object('aheadMs', $1::float8))`, [
      this.#aheadMs,
    ]);
  }

  /** Runs a statement now, while time stands still. Prepared once, as on a real connection: planning is most of the work. */
  execute(
    statement: string,
    values: unknown[] = [],
    onNotice: (text: string) => void = () => {},
    backend = 0,
  ): Promise<Results> {
    const text = this.sabotage(statement);
    return this.#world.whileStanding(async () => {
      if (/pg_backend_pid|pg_try_advisory/.test(text)) {
        const backends = [...this.sessions].map((session) => session.backend).join();
        await this.#pglite.exec(`SET simulated.backend = '${backend}'; SET simulated.backends = '{${backends}}'`);
      }
      // A block of code cannot be prepared.
      if (text.startsWith('DO ')) return (await this.#pglite.exec(text))[0] ?? { rows: [], fields: [] };
      let name = this.#prepared.get(text);
      if (name === undefined) {
        name = `s${this.#prepared.size}`;
        this.#prepared.set(text, name);
        await this.#pglite.exec(`PREPARE ${name} AS ${text}`);
      }
      const parameters = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
      const exec = this.#pglite.exec(`EXECUTE ${name}${parameters}`, {
        onNotice: ({ message }) => onNotice(message ?? ''),
      });
      const [results] = await exec.catch(atCommit);
      return results ?? { rows: [], fields: [] };
    });
  }

  /** The number of a session's process. */
  nextBackend(): number {
    this.#backends += 1;
    return this.#backends;
  }

  setQueue(queue: ServerFaults['queue']): void {
    this.faults.queue = queue;
    this.#world.trace.add('postgres', `its notification queue is ${queue}`);
    void this.#world.whileStanding(() => this.#pglite.exec(`SET simulated.queue = '${queue}'`));
  }

  lockTable(): void {
    this.faults.isTableLocked = true;
  }

  unlockTable(): void {
    this.faults.isTableLocked = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const serve of waiting) serve();
  }

  /** Once the table is free. @returns what gives up the waiting: true where it still waited */
  whenFree(serve: () => void): () => boolean {
    this.#waiting.add(serve);
    return () => this.#waiting.delete(serve);
  }

  async rows<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.execute(text, values)).rows as Row[];
  }

  /** All connections break; what has committed stays. */
  stop(): void {
    this.isUp = false;
    this.sessions.clear();
    this.leaderLock.clear();
    this.#waiting.clear();
    this.faults.isTableLocked = false;
    this.#world.trace.add('postgres', 'DOWN');
    for (const breakOff of [...this.connections]) breakOff('terminating connection due to administrator command');
  }

  start(): void {
    this.#world.trace.add('postgres', 'up');
    this.isUp = true;
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

/** bool, the numbers, json and jsonb, dates. */
const READ = [16, 20, 21, 23, 26, 700, 701, 114, 3802, 1082, 1114, 1184];

/** What the triggers of the simulation raise, as PostgreSQL says it: by the code alone it would be another limit. */
export function atCommit(error: unknown): never {
  if ((error as { code?: unknown }).code === '54000') Object.assign(error as Error, { routine: 'PreCommit_Notify' });
  throw error;
}

const asItIs = (statement: string): string => statement;

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return `'{${value.map((each) => (each === null ? 'NULL' : String(each))).join(',')}}'`;
  return `'${String(value).replaceAll("'", "''")}'`;
}
