import { randomBytes } from 'node:crypto';
import { createDatabase, runAt } from '../support/postgres.ts';
import { migrateAt } from '../support/template.ts';

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

  private constructor(
    name: string,
    superUrl: string,
    schema: string,
    drop: () => Promise<void>,
    owner = `owner_${name}`,
  ) {
    this.name = name;
    this.owner = owner;
    this.schema = schema;
    this.#superUrl = superUrl;
    this.#drop = drop;
  }

  static async make({ cluster, schema = 'public', template }: PlaceOptions & { template?: string }): Promise<Place> {
    const { name, url, drop } = await createDatabase({ cluster, ...(template === undefined ? {} : { template }) });
    const place = new Place(name, url, schema, drop);
    await place.role(place.owner);
    await place.sql(`ALTER DATABASE ${name} OWNER TO ${place.owner}`);
    if (schema !== 'public') await place.sql(`CREATE SCHEMA ${quote(schema)} AUTHORIZATION ${place.owner}`);
    return place;
  }

  /** With the schema of this code, which belongs to the owner. */
  static async migrated(options: PlaceOptions): Promise<Place> {
    if (options.schema !== undefined) {
      const place = await Place.make(options);
      await place.migrate();
      return place;
    }
    const template = await templateOf(options.cluster);
    const place = await Place.make({ ...options, template: template.name });
    await place.sql(`REASSIGN OWNED BY ${template.owner} TO ${place.owner}`);
    // Its name is that of its lock.
    await place.sql('UPDATE leadership SET deployment = gen_random_uuid()');
    return place;
  }

  /** Another database of the same owner, which must be gone before this one is. @param how it is made, given its name */
  async twin(make: (name: string) => Promise<unknown>): Promise<Place> {
    const name = `${this.name}_twin`;
    const url = new URL(this.#superUrl);
    url.pathname = `/${name}`;
    await make(name);
    return new Place(
      name,
      url.href,
      this.schema,
      async () => {
        await this.asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
      },
      this.owner,
    );
  }

  /** Another deployment in the same database, in a schema of its own; it goes with this one. */
  async beside(schema: string): Promise<Place> {
    const other = new Place(this.name, this.#superUrl, schema, async () => {}, this.owner);
    await this.sql(`CREATE SCHEMA ${quote(schema)} AUTHORIZATION ${this.owner}`);
    await other.migrate();
    return other;
  }

  migrate(url = this.url()): Promise<void> {
    return migrateAt(url);
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
  sql<Row>(text: string): Promise<Row[]> {
    return runAt<Row>(this.adminUrl, text);
  }

  /** The same from the outside, when nobody may be connected to this database. */
  asAdmin(text: string): Promise<unknown> {
    return runAt(new URL('/postgres', this.#superUrl).href, text);
  }

  async down(): Promise<void> {
    await this.#drop();
    for (const role of this.#roles) await this.asAdmin(`DROP ROLE IF EXISTS ${role}`);
  }
}

const templates = new Map<string, Promise<Place>>();

/** Migrated once on each cluster, and copied from then on. */
function templateOf(cluster: string): Promise<Place> {
  let template = templates.get(cluster);
  if (template === undefined) {
    template = makeTemplate(cluster);
    templates.set(cluster, template);
  }
  return template;
}

async function makeTemplate(cluster: string): Promise<Place> {
  const place = await Place.make({ cluster });
  await place.migrate();
  // What the owner has is given away in each copy, and the template itself is not.
  await place.asAdmin(`ALTER DATABASE ${place.name} OWNER TO postgres`);
  return place;
}

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
