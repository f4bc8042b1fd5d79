import pg from 'pg';
import type { Cluster } from '../../support/cluster.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import type { StagebellProcess } from '../../support/processes.ts';
import { type Bench, DEFAULT_LEASE_MS } from '../bench.ts';
import { ownRssMb, peakRssMb, saidAtMs, startFleet } from '../fleet.ts';
import type { Race } from './race.ts';
import * as tables from './tables.ts';

/** In one request, which is one transaction. */
const STAGES_A_POST = 500;

/** Stagebell as it is deployed: a leader and two followers, and requests go to a follower. */
export class StagebellRace implements Race {
  readonly url: string;
  readonly redisUrls: string[];
  readonly #cluster: Cluster;
  readonly #database: TestDatabase;
  readonly #client: pg.Client;
  #follower: StagebellProcess | undefined;
  #leader: StagebellProcess | undefined;
  #starts = 0;

  private constructor(cluster: Cluster, database: TestDatabase, client: pg.Client) {
    this.#cluster = cluster;
    this.#database = database;
    this.#client = client;
    this.url = database.url;
    this.redisUrls = cluster.redis.map(({ url }) => url);
  }

  static async start(bench: Bench, isCounted: boolean): Promise<Race> {
    const database = await bench.migrated(isCounted);
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    await tables.measureStagebellTables(client);
    const cluster = await bench.cluster({ databaseUrl: database.url, leaseMs: DEFAULT_LEASE_MS });
    const race = new StagebellRace(cluster, database, client);
    race.#leader = (await cluster.leader()).process;
    [race.#follower] = await cluster.followers();
    return race;
  }

  async add(duesMs: readonly number[]): Promise<void> {
    for (let i = 0; i < duesMs.length; i += STAGES_A_POST) {
      const stages = duesMs
        .slice(i, i + STAGES_A_POST)
        .map((dueMs) => ({ name: 'bench', start_date: new Date(dueMs).toISOString() }));
      const response = await fetch(`${this.#follower?.url}/v1/assignments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'bench', stages }),
      });
      if (response.status !== 201) throw new Error(`POST answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  }

  fill(plan: tables.Plan): Promise<void> {
    return tables.fillStagebell(this.#client, plan);
  }

  async whileAway(plan: tables.Plan): Promise<void> {
    await this.#end();
    await tables.fillStagebell(this.#client, plan, true);
  }

  /** One instance: three that load their code at once on two cores would measure the machine. */
  async restart(): Promise<number> {
    await this.#end();
    this.#starts += 1;
    const { startedMs, leader } = await startFleet(this.#cluster, [`restarted-${this.#starts}`]);
    this.#leader = leader;
    return (await saidAtMs(leader, 'armed', 60_000)) - startedMs;
  }

  memory(): { peak: number; own: number } {
    const leader = this.#leader as StagebellProcess;
    return { peak: peakRssMb(leader), own: ownRssMb(leader) };
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    await this.#client.end();
    await this.#database.drop();
  }

  /** As a release does, so that no lock of theirs is waited for. */
  async #end(): Promise<void> {
    await Promise.all([...this.#cluster.instances.values()].map((instance) => instance.stop()));
    this.#cluster.instances.clear();
  }
}
