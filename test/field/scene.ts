import pg from 'pg';
import { Cluster, type Recorded } from '../support/cluster.ts';
import type { StagebellProcess } from '../support/processes.ts';
import { type Expected, LEASE_MS, PLAIN, type Site } from './deployment.ts';

/** Of a request to a service that may be busy. */
const MOST_TRIES = 20;

/** The service on a site, two instances of it, and the two kinds of writers: HTTP and plain SQL. */
export class Scene {
  readonly cluster: Cluster;
  readonly site: Site;
  readonly expected: Expected;
  /** What a busy machine may add to each bound. */
  readonly slackMs: number;
  readonly #writer: pg.Pool;
  #names = 0;
  #farthestMs = 0;

  private constructor(cluster: Cluster, site: Site, slackMs: number) {
    this.cluster = cluster;
    this.site = site;
    this.slackMs = slackMs;
    this.expected = { ...PLAIN, ...site.expected };
    this.#writer = new pg.Pool({ connectionString: site.writerUrl ?? site.adminUrl, max: 2 });
    this.#writer.on('error', () => {});
  }

  static async start(site: Site, instances: number, slackMs: number): Promise<Scene> {
    const cluster = await Cluster.start({
      postgresUrl: site.adminUrl,
      redis: 0,
      leaseMs: LEASE_MS,
      env: site.env,
      instances: 0,
    });
    const scene = new Scene(cluster, site, slackMs);
    try {
      const names = Array.from({ length: instances }, (_, i) => `i${i + 1}`);
      await Promise.all(names.map((name) => scene.startInstance(name)));
      await cluster.leader();
      await site.onReady?.(() => [...cluster.instances.values()].map(({ url }) => url));
    } catch (error) {
      await scene.stop();
      throw error;
    }
    return scene;
  }

  startInstance(name: string): Promise<StagebellProcess> {
    return this.cluster.startInstance(name, this.site.instanceEnv?.(name));
  }

  /** Not the leader, where there is another: what it is told has the longer way. */
  async web(): Promise<StagebellProcess> {
    return (await this.cluster.followers())[0] ?? (await this.cluster.leader()).process;
  }

  /** A name that no other stage of this scene has. */
  name(what: string): string {
    this.#names += 1;
    return `${what} ${this.#names}`;
  }

  async write<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#writer.query(text, values)).rows as Row[];
  }

  /** A request that must succeed, where requests may be busy in the end. @returns the body */
  // biome-ignore lint/suspicious/noExplicitAny: JSON as it came.
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const { url } = await this.web();
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const send = async () => {
      const answer = await fetch(url + path, { method, ...(body === undefined ? {} : json) });
      return { answer, text: await answer.text() };
    };
    let { answer, text } = await send();
    for (let tries = 1; this.expected.mayBeBusy && answer.status === 503 && tries < MOST_TRIES; tries++)
      ({ answer, text } = await send());
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** Far enough ahead that what is created or moved to there comes before its bell, however busy the machine is. */
  async ahead(ms: number): Promise<number> {
    const startedMs = performance.now();
    await this.call('POST', `/v1/assignments/${this.cluster.assignment}/stages`, { name: this.name('unplanned') });
    const aheadMs = Math.ceil(ms + this.slackMs / 2 + 4 * (performance.now() - startedMs));
    this.#farthestMs = Math.max(this.#farthestMs, aheadMs);
    return aheadMs;
  }

  /** The bells of `name`, all of them, once they are on the record: none early, late or unrung. @returns how late the last was */
  async rung(name: string, count: number, withinMs = this.expected.bellMs): Promise<number> {
    const rows = await this.cluster.recorded(name, count, 15_000 + withinMs + this.#farthestMs);
    if (rows.length > count) throw new Error(`${name}: ${rows.length} transitions instead of ${count}`);
    return Math.max(...rows.map((row) => this.#judge(name, row, withinMs)));
  }

  #judge(name: string, { lateness, cause }: Recorded, withinMs: number): number {
    if (lateness === null || lateness < 0) throw new Error(`${name}: ${lateness} ms late`);
    const allowed = withinMs === this.expected.bellMs ? this.expected.causes : ['timer', 'sweep'];
    const late = `${Math.round(lateness)} ms late, cause ${cause}`;
    if (lateness > withinMs + this.slackMs || !allowed.includes(cause)) {
      throw new Error(
        `${name}: ${late}; expected at most ${withinMs + this.slackMs} ms, cause ${allowed.join(' or ')}`,
      );
    }
    return Math.ceil(lateness);
  }

  async stop(): Promise<void> {
    await this.#writer.end();
    await this.cluster.stop();
  }
}

/** ISO text of an instant so many milliseconds from now. */
export const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
