import { SERVICE } from '../house.ts';
import { Link } from './link.ts';

/** Every link of one instance. */
export class Wiring {
  readonly postgres: Link;
  readonly redis: readonly Link[];

  private constructor(postgres: Link, redis: readonly Link[]) {
    this.postgres = postgres;
    this.redis = redis;
  }

  static async to(postgresPort: number, redisPorts: readonly number[]): Promise<Wiring> {
    return new Wiring(await Link.to(postgresPort), await Promise.all(redisPorts.map((port) => Link.to(port))));
  }

  get all(): readonly Link[] {
    return [this.postgres, ...this.redis];
  }

  get environment(): Record<string, string> {
    return {
      DATABASE_URL: `postgresql://${SERVICE}@127.0.0.1:${this.postgres.port}/${SERVICE}`,
      REDIS_URL: this.redis.map(({ port }) => `redis://127.0.0.1:${port}`).join(','),
    };
  }

  /** Another Redis for locks behind the same links: a database of its own. */
  get otherRedis(): Record<string, string> {
    return { REDIS_URL: this.redis.map(({ port }) => `redis://127.0.0.1:${port}/1`).join(',') };
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((link) => link.refuse()));
  }
}
