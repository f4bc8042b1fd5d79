import { SchemaError } from '../../base/errors.ts';
import type { Queryable } from '../database.ts';
import { MIGRATIONS_TABLE, quoteIdentifier } from '../names.ts';
import { KnownDatabaseError, troubleOf } from '../troubles.ts';
import { RIGHTS } from './fitness.ts';

const GROUND = {
  name: 'migration_ground',
  text: `SELECT current_schema()::text AS schema, pg_encoding_to_char(encoding)::text AS encoding, current_user::text AS role,
      has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate",
      current_setting('transaction_read_only') = 'on' AS "isReadOnly",
      (SELECT relowner::regrole::text FROM pg_class WHERE oid = to_regclass('stage') AND NOT pg_has_role(relowner, 'USAGE')) AS owner
    FROM pg_database WHERE datname = current_database()`,
};
interface Ground {
  schema: string;
  encoding: string;
  role: string;
  mayCreate: boolean;
  isReadOnly: boolean;
  /** The owner of the tables; null if it is this role, or there are no tables. */
  owner: string | null;
}

const RELATIONS = {
  name: 'relations_of_our_names',
  text: `SELECT relname::text AS name, relkind::text AS kind FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relname = ANY ($1::text[]) AND relkind NOT IN ('i', 'S')`,
};
const KINDS: Record<string, string> = { r: 'table', p: 'table', v: 'view', m: 'view', f: 'foreign table', c: 'type' };

/**
 * Finds what would make a migration fail, before it begins and takes locks. doctor uses it too.
 * @param isFirst none of our tables exists yet
 * @returns the name of the schema
 * @throws SchemaError if the database or the settings must be changed first
 * @throws KnownDatabaseError if a right is missing, which may still be granted
 */
export async function checkGround(db: Queryable, isFirst: boolean): Promise<string> {
  const [ground] = await db.query<Ground>(GROUND);
  if (ground === undefined) throw new Error('The server did not say where we are.');
  const { schema, encoding } = ground;
  if (schema.includes('.')) {
    throw new SchemaError(
      `The schema ${quoteIdentifier(schema)} has a dot in its name, and migrations cannot handle that: ALTER SCHEMA ${quoteIdentifier(schema)} RENAME TO ${quoteIdentifier(schema.replaceAll('.', '_'))}, and correct search_path.`,
    );
  }
  if (isFirst) {
    if (encoding !== 'UTF8') {
      throw new SchemaError(
        `The database has the encoding ${encoding}, which cannot hold every name: Stagebell needs UTF8. Give it a database of its own: CREATE DATABASE stagebell ENCODING 'UTF8' TEMPLATE template0 (with LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' if the server's locale is a different one), and name it in DATABASE_URL.`,
      );
    }
    await refuseStrangers(db);
  }
  refuseReadOnly(ground);
  refuseWithoutRights(ground);
  return schema;
}

/** @throws KnownDatabaseError as the server would, before anything is tried */
function refuseReadOnly({ isReadOnly }: Ground): void {
  const error = Object.assign(new Error('transaction_read_only is on'), { code: '25006' });
  const trouble = troubleOf(error);
  if (isReadOnly && trouble !== null) throw new KnownDatabaseError(trouble, error);
}

/** @throws SchemaError when somebody else's tables have the names of ours */
async function refuseStrangers(db: Queryable): Promise<void> {
  const ours = RIGHTS.map(([name]) => name).filter((name) => name !== MIGRATIONS_TABLE);
  const rows = await db.query<{ name: string; kind: string }>(RELATIONS, [ours]);
  if (rows.length === 0) return;
  const found = rows.map(({ name, kind }) => `a ${KINDS[kind] ?? 'relation'} named ${name}`).join(', ');
  throw new SchemaError(
    `The schema already has ${found}, which is not Stagebell's. Waiting does not help. Give Stagebell a schema of its own: CREATE SCHEMA stagebell; ALTER ROLE <the role of DATABASE_URL> SET search_path = stagebell.`,
  );
}

function refuseWithoutRights({ schema, role, mayCreate, owner }: Ground): void {
  const name = quoteIdentifier(schema);
  const who = quoteIdentifier(role);
  const refuse = (cause: string, cure: string, detail: string): never => {
    const trouble = { part: 'rights', cause, cure, detail, isBlocking: true, endsByItself: false };
    throw new KnownDatabaseError(trouble, undefined);
  };
  if (owner !== null) {
    refuse(
      'the schema is from an earlier release, and only the owner of the tables can bring it up to date',
      'run stagebell migrate with a DATABASE_URL of the owner: this role lacks the rights of the owner',
      `they belong to ${owner}, and this is ${role}`,
    );
  }
  if (!mayCreate) {
    refuse(
      'the database role may not create tables in its schema',
      `as the owner of the database or a superuser: GRANT CREATE ON SCHEMA ${name} TO ${who}; or a schema of its own: CREATE SCHEMA stagebell AUTHORIZATION ${who}; ALTER ROLE ${who} SET search_path = stagebell`,
      `${role} lacks CREATE on the schema ${schema}; since PostgreSQL 15 only the owner of a database has it on public`,
    );
  }
}
