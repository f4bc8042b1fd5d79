import { fileURLToPath } from 'node:url';
import { SMALLEST_QUEUE } from '../../support/notify-queue.ts';
import { postgresBinaries } from '../../support/postgres-binaries.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { Admin } from './admin.ts';
import { FakeClock, libfaketime } from './fake-clock.ts';
import { buildHouse } from './house.ts';
import { Instance } from './instance.ts';
import { Wiring } from './links/wiring.ts';

const NAMES = ['i1', 'i2', 'i3'];
/** Room for the tables of a long run. */
const DISK_MB = 96;
const STALL = new URL(`file://${fileURLToPath(new URL('./stall.ts', import.meta.url))}`);

/** Everything that is real: one PostgreSQL, three Redis, three instances, and a link for each pair. */
export class Arena {
  readonly leaseMs: number;
  /** How long an instance's event loop is blocked, when it is. */
  readonly stallMs: number;
  readonly postgres: PostgresServer;
  /** Where PostgreSQL keeps its tables; null where we may not mount one. */
  readonly disk: SmallDisk | null;
  readonly redis: readonly RedisServer[];
  readonly instances: readonly Instance[];
  readonly admin: Admin;
  /** The service's database, as the superuser. */
  readonly url: string;

  private constructor(
    leaseMs: number,
    stallMs: number,
    postgres: PostgresServer,
    disk: SmallDisk | null,
    redis: readonly RedisServer[],
    instances: readonly Instance[],
    url: string,
  ) {
    this.leaseMs = leaseMs;
    this.stallMs = stallMs;
    this.postgres = postgres;
    this.disk = disk;
    this.redis = redis;
    this.instances = instances;
    this.url = url;
    this.admin = new Admin(url);
  }

  static async start(leaseMs: number): Promise<Arena> {
    // Longer than a lease, so that somebody else leads when it is over.
    const stallMs = 2 * leaseMs;
    // Durable: what a crash of PostgreSQL forgets was never acknowledged.
    const postgres = await PostgresServer.start({ durable: true, settings: SMALLEST_QUEUE });
    const { owner } = await postgresBinaries();
    const disk = owner === undefined ? null : SmallDisk.mount(DISK_MB, owner);
    const url = await buildHouse(postgres, disk);
    const redis = await Promise.all(NAMES.map(() => startRedis()));
    const library = libfaketime();
    const stall = new URL(STALL);
    stall.searchParams.set('ms', String(stallMs));
    const environment = { LEADER_LEASE_MS: String(leaseMs), NODE_OPTIONS: `--import=${stall.href}` };
    const instances: Instance[] = [];
    for (const name of NAMES) {
      const wiring = await Wiring.to(
        postgres.port,
        redis.map(({ port }) => port),
      );
      const clock = library === null ? null : new FakeClock(library);
      instances.push(new Instance(name, wiring, clock, environment));
    }
    const world = new Arena(leaseMs, stallMs, postgres, disk, redis, instances, url);
    await Promise.all(instances.map((instance) => instance.start()));
    return world;
  }

  instance(name: string | null): Instance | null {
    return this.instances.find((instance) => instance.name === name) ?? null;
  }

  /** The instance that the database names as leader; null where it names none or cannot be asked. */
  async leader(): Promise<Instance | null> {
    const leadership = await this.admin.leadership().catch(() => null);
    return this.instance(leadership?.instance ?? null);
  }

  /** Whatever is left, in reverse. */
  async stop(): Promise<void> {
    for (const instance of this.instances) {
      for (const process of instance.processes) if (!process.hasExited) await instance.kill(process);
      await instance.wiring.close();
      instance.clock?.remove();
    }
    await this.admin.close();
    await Promise.all(this.redis.map((server) => server.stop()));
    await this.postgres.remove();
    this.disk?.remove();
  }
}
