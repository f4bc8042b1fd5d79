import { clusterUrl } from '../support/postgres.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { startRedis } from '../support/redis.ts';
import { debianBinaries } from './servers/debian-postgres.ts';
import { type GuardedPostgres, startGuardedPostgres } from './servers/guarded-postgres.ts';
import { versionBinaries } from './servers/postgres-version.ts';

/** The servers that rows share, each started when it is first wanted. */
export class Ground {
  readonly #versions = new Map<number, Promise<PostgresServer>>();
  readonly #closers: (() => Promise<unknown>)[] = [];
  #cluster: Promise<string> | null = null;
  #debian: Promise<PostgresServer> | null = null;
  #guarded: Promise<GuardedPostgres> | null = null;
  #redis: Promise<string> | null = null;

  /** The URL of a cluster's superuser. @param major another version than that of the npm package */
  cluster(major?: number): Promise<string> {
    if (major === undefined) {
      this.#cluster ??= clusterUrl();
      return this.#cluster;
    }
    let version = this.#versions.get(major);
    if (version === undefined) {
      version = this.#keep(versionBinaries(major).then((binaries) => PostgresServer.start({ binaries })));
      this.#versions.set(major, version);
    }
    return version.then((server) => server.url);
  }

  /** Debian's PostgreSQL, whose pg_dump and pg_restore are of the same version. @throws Missing */
  async debian(): Promise<string> {
    this.#debian ??= this.#keep(PostgresServer.start({ binaries: debianBinaries() }));
    return (await this.#debian).url;
  }

  /** A server that asks for passwords and speaks TLS. @throws Missing */
  guarded(): Promise<GuardedPostgres> {
    this.#guarded ??= startGuardedPostgres().then((guarded) => {
      this.#closers.push(() => guarded.server.remove());
      return guarded;
    });
    return this.#guarded;
  }

  /** One Redis for all: the name of each lock is its deployment's. */
  redis(): Promise<string> {
    this.#redis ??= startRedis().then((server) => {
      this.#closers.push(() => server.stop());
      return server.url;
    });
    return this.#redis;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  #keep(starting: Promise<PostgresServer>): Promise<PostgresServer> {
    return starting.then((server) => {
      this.#closers.push(() => server.remove());
      return server;
    });
  }
}
