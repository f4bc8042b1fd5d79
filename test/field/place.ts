import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { PostgresDatabase } from '../../src/db/postgres.ts';
import { migrate } from '../../src/db/schema.ts';
import { createDatabase } from '../support/postgres.ts';

export interface PlaceOptions {
  cluster: string;
  /** Where the tables are; made if it is not `public`. */
  schema?: string;
}

/** A database of a row's own, which belongs to a role of its own. */
export class Place {
  readonly name: string;
  readonly owner: string;
  readonly schema: string;
  readonly #superUrl: string;
  readonly #drop: () => Promise<void>;
  readonly #roles: string[] = [];

  private constructor(name: string, superUrl: string, schema: string, drop: () => Promise<void>) {
    this.name = name;
    this.owner = `owner_${name}`;
    this.schema = schema;
    this.#superUrl = superUrl;
    this.#drop = drop;
  }

  static async make({ cluster, schema = 'public' }: PlaceOptions): Promise<Place> {
    const { name, url, drop } = await createDatabase({ cluster });
    const place = new Place(name, url, schema, drop);
    await place.role(place.owner);
    await place.sql(`ALTER DATABASE ${name} OWNER TO ${place.owner}`);
    if (schema !== 'public') await place.sql(`CREATE SCHEMA ${quote(schema)} AUTHORIZATION ${place.owner}`);
    return place;
  }

  /** With the schema of this code, made by the owner. */
  static async migrated(options: PlaceOptions): Promise<Place> {
    const place = await Place.make(options);
    await place.migrate();
    return place;
  }

  /** Another deployment in the same database, in a schema of its own; it goes with this one. */
  async beside(schema: string): Promise<Place> {
    const other = new Place(this.name, this.#superUrl, schema, async () => {});
    await this.sql(`CREATE SCHEMA ${quote(schema)} AUTHORIZATION ${this.owner}`);
    await other.migrate();
    return other;
  }

  async migrate(): Promise<void> {
    const database = new PostgresDatabase(this.url(), systemClock, silentLog);
    const db = database.openSession('field', 60_000);
    try {
      await database.connect();
      await migrate(database, db);
    } finally {
      await db.close();
      await database.close();
    }
  }

  /** As `role`, with the schema on its path. */
  url(role: string = this.owner, port?: number): string {
    const url = new URL(this.#superUrl);
    url.username = role;
    if (port !== undefined) url.port = String(port);
    if (this.schema === 'public') return url.href;
    // Spaces and backslashes part options.
    const path = quote(this.schema).replaceAll(/[\\ ]/g, '\\$&');
    return `${url.href}?options=${encodeURIComponent(`-csearch_path=${path}`)}`;
  }

  get adminUrl(): string {
    return this.url('postgres');
  }

  /** A role that may log in, and is gone with the place. */
  async role(name = `role_${randomBytes(6).toString('hex')}`): Promise<string> {
    await this.sql(`CREATE ROLE ${name} LOGIN`);
    this.#roles.push(name);
    return name;
  }

  /** Settings of `role` in this database; values as SQL. */
  async configure(settings: Readonly<Record<string, string>>, role = this.owner): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      await this.sql(`ALTER ROLE ${role} IN DATABASE ${this.name} SET ${name} = ${value}`);
    }
  }

  /** Statements as the superuser. */
  async sql<Row>(text: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.adminUrl });
    await client.connect();
    try {
      return (await client.query(text)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  async down(): Promise<void> {
    await this.#drop();
    const client = new pg.Client({ connectionString: new URL('/postgres', this.#superUrl).href });
    await client.connect();
    for (const role of this.#roles) await client.query(`DROP ROLE IF EXISTS ${role}`);
    await client.end();
  }
}

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
