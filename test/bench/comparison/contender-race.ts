import pg from 'pg';
import type { TestDatabase } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import type { Bench } from '../bench.ts';
import { ownRssMb, peakRssMb } from '../fleet.ts';
import { ContenderProcess } from './contender-process.ts';
import type { Entry } from './entry.ts';
import type { Race } from './race.ts';
import * as tables from './tables.ts';

/** A contender of the package beside this folder, in its own process. */
export class ContenderRace implements Race {
  readonly url: string;
  readonly redisUrls: string[];
  readonly #entry: Entry;
  readonly #database: TestDatabase;
  readonly #redis: RedisServer | null;
  readonly #client: pg.Client;
  #process: ContenderProcess | undefined;

  private constructor(entry: Entry, database: TestDatabase, redis: RedisServer | null, client: pg.Client) {
    this.#entry = entry;
    this.#database = database;
    this.#redis = redis;
    this.#client = client;
    this.url = database.url;
    this.redisUrls = redis === null ? [] : [redis.url];
  }

  static async start(bench: Bench, entry: Entry, isCounted: boolean): Promise<Race> {
    const hasRows = entry.name === 'floor-rows';
    const database = hasRows ? await bench.migrated(isCounted) : await bench.database(isCounted);
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    await (hasRows ? tables.measureStagebellTables(client) : tables.createBareTables(client));
    const redis = entry.name === 'bullmq' ? await startRedis() : null;
    const race = new ContenderRace(entry, database, redis, client);
    await race.#open();
    await race.#process?.ask({ call: 'work' });
    return race;
  }

  async add(duesMs: readonly number[]): Promise<void> {
    if (this.#hasRows) {
      await tables.addStagebell(this.#client, duesMs);
      return this.#schedule(0, 0);
    }
    const [fromId, toId] = await tables.addBare(this.#client, duesMs);
    await this.#schedule(fromId, toId);
  }

  async fill(plan: tables.Plan): Promise<void> {
    if (this.#hasRows) {
      await tables.fillStagebell(this.#client, plan, true);
      return this.#schedule(0, 0);
    }
    const [fromId, toId] = await tables.fillBare(this.#client, plan);
    await this.#schedule(fromId, toId);
  }

  /** A process that schedules and does not work stands for those who were there before. */
  async whileAway(plan: tables.Plan): Promise<void> {
    await this.#process?.kill();
    await this.#open();
    await this.fill(plan);
    await this.#process?.ask({ call: 'stop' });
  }

  async restart(): Promise<number> {
    await this.#process?.kill();
    const fromMs = performance.now();
    await this.#open();
    await this.#process?.ask({ call: 'work' });
    return performance.now() - fromMs;
  }

  memory(): { peak: number; own: number } {
    const process = this.#process as ContenderProcess;
    return { peak: peakRssMb(process), own: ownRssMb(process) };
  }

  async stop(): Promise<void> {
    await this.#process?.kill();
    await this.#redis?.stop();
    await this.#client.end();
    await this.#database.drop();
  }

  get #hasRows(): boolean {
    return this.#entry.name === 'floor-rows';
  }

  async #open(): Promise<void> {
    this.#process = new ContenderProcess(this.#entry);
    const env = { databaseUrl: this.url, redisUrl: this.#redis?.url ?? '' };
    await this.#process.ask({ call: 'open', env });
  }

  async #schedule(fromId: number, toId: number): Promise<void> {
    await this.#process?.ask({ call: 'schedule', fromId, toId });
  }
}
