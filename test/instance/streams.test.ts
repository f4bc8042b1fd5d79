import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { EventSource } from 'eventsource';
import pg from 'pg';
import type { Json } from '../http/support.ts';
import { type Cluster, suiteCluster } from '../support/cluster.ts';
import { forSuite } from '../support/suite.ts';
import { eventually } from '../support/wait.ts';

/** In front of the instances: each connection goes to one that lives, in turn. */
class Balancer {
  readonly #cluster: Cluster;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;
  url = '';

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#server = createServer((client) => this.#pass(client));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(client: Socket): void {
    const living = [...this.#cluster.instances.values()].filter(({ hasExited }) => !hasExited);
    const instance = connect(living[this.#turn++ % living.length]?.port ?? 0, '127.0.0.1');
    for (const [one, other] of [
      [client, instance],
      [instance, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}

describe('Streams of several instances', () => {
  const cluster = suiteCluster({ instances: 2, redis: 0 });
  const balancer = forSuite(
    () => new Balancer(cluster).listen(),
    (made) => made.close(),
  );

  it('tell everything once and in order to clients that we did not write, whichever instance is killed or stopped', async () => {
    const clients = Array.from({ length: 3 }, () => {
      const source = new EventSource(`${balancer.url}/v1/events?after=0`);
      const ids: string[] = [];
      const events: string[] = [];
      source.onmessage = ({ lastEventId, data }) => {
        ids.push(lastEventId);
        events.push(JSON.parse(data).id);
      };
      return { source, ids, events };
    });
    let isWriting = true;
    const writers = [0, 1].map(async (n) => {
      const client = new pg.Client({ connectionString: cluster.url });
      await client.connect();
      for (let i = 0; isWriting; i++) {
        await client.query('BEGIN');
        await client.query(
          `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, $2, now() + interval '300 ms')`,
          [cluster.assignment, `${n} ${i}`],
        );
        await client.query(`UPDATE stage SET name = name || '.' WHERE name = $1`, [`${n} ${i - 1}`]);
        await client.query(i % 5 === 0 ? 'ROLLBACK' : 'COMMIT');
      }
      await client.end();
    });
    const grows = async () => {
      const [before] = clients.map(({ ids }) => ids.length);
      await eventually(
        () => {
          for (const { ids } of clients) expect(ids.length).to.be.above((before ?? 0) + 10);
        },
        { timeoutMs: 30_000 },
      );
    };
    await grows();
    await cluster.instances.get('i1')?.kill9();
    await grows();
    await cluster.startInstance('i3');
    const second = cluster.instances.get('i2');
    await second?.stop();
    const stopped = second?.lines.find(({ event }) => event === 'stopped');
    expect(stopped?.['took_ms'], 'it does not wait for streams').to.be.below(5000);
    await grows();
    isWriting = false;
    await Promise.all(writers);
    const all = await recorded();
    const last = all.at(-1) ?? '';
    await eventually(
      () => {
        for (const { ids } of clients) expect(ids.at(-1)).to.equal(last);
      },
      { timeoutMs: 30_000 },
    );
    for (const { ids, events, source } of clients) {
      expect(ids).to.deep.equal(all);
      expect(events).to.deep.equal(all);
      source.close();
    }
  });

  async function recorded(): Promise<string[]> {
    const third = cluster.instances.get('i3');
    const ids: string[] = [];
    for (let after = '0', next: string | null = ''; next !== null && third !== undefined; ) {
      const page: Json = await cluster.get(third, `/v1/events?limit=500&after=${after}`);
      ids.push(...page.items.map(({ id }: Json) => id));
      [after, next] = [page.read_to, page.next_cursor];
    }
    return ids;
  }
});
