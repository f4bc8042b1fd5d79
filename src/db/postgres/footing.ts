import type pg from 'pg';
import type { Clock } from '../../base/clock.ts';
import { MIGRATIONS_TABLE } from '../names.ts';
import { KnownDatabaseError } from '../troubles.ts';
import type { Limits } from './limits.ts';
import { findPassage, type Passage } from './passage.ts';
import { inlined, pin, READ_COMMITTED, searchPathOf } from './pinned.ts';
import { type Ask, prepared } from './session.ts';

/** The deployment's schema is the one with its tables; before they exist, the one where the role would create them. */
const LOCATE = `SELECT current_setting('server_version_num')::int AS version, current_schemas(false)::text[] AS path,
  coalesce((SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE pg_class.oid = coalesce(to_regclass('${MIGRATIONS_TABLE}'), to_regclass('stage'))), current_schema())::text AS schema`;

const TOO_OLD = { cause: 'the server is older than PostgreSQL 14', cure: 'use PostgreSQL 14 or later' };
const NOWHERE = {
  cause: 'no schema in the search_path exists, or this role may use none of them',
  cure: 'create the schema, GRANT USAGE on it, or correct search_path (of the role, the database or DATABASE_URL); if the schema was renamed, rename it back, because the triggers use its old name',
};
const refusal = (words: typeof TOO_OLD): KnownDatabaseError =>
  new KnownDatabaseError({ part: 'database', ...words, isBlocking: true, endsByItself: false }, undefined);

/** Comes first: the role's time-out may be shorter than it takes to set the others. */
const inTime = (set: 'SET' | 'SET LOCAL'): string => `${set} statement_timeout = 0`;

interface Location {
  version: number;
  schema: string | null;
  path: string[];
}

/** One message is one transaction, so behind a pooler no setting leaks to other clients. */
async function locate(client: pg.Client): Promise<Location> {
  const message = `BEGIN; ${inTime('SET LOCAL')}; ${LOCATE}; COMMIT`;
  const results = (await client.query(message)) as unknown as pg.QueryResult<Location>[];
  return results.at(-2)?.rows[0] as Location;
}

/** What our connections stand on: the schema, the settings, and whether the way to the server keeps them. */
export class Footing {
  /** Until it is known: what works everywhere. */
  passage: Passage = { isSession: false, canListen: false };
  #searchPath: string | null = null;

  /** @param one, other connections without any settings of ours */
  async find(one: pg.Client, other: pg.Client, clock: Clock): Promise<void> {
    const { version, schema, path } = await locate(one);
    if (version < 140_000) throw refusal(TOO_OLD);
    if (schema === null) throw refusal(NOWHERE);
    this.#searchPath = searchPathOf(schema, path);
    this.passage = await findPassage(one, other, clock);
  }

  /**
   * Puts our settings into force. By a statement, because poolers refuse them as start-up parameters. Not behind a
   * transaction pooler, where they would leak to other clients.
   */
  async settle(client: pg.ClientBase, limits: Limits): Promise<void> {
    if (this.passage.isSession) await client.query(`${inTime('SET')}; ${pin(limits, this.#searchPath, 'session')}`);
  }

  /** The settings of one transaction, for when connections keep none. */
  perTransaction(limits: Limits): string {
    return `${READ_COMMITTED}; ${inTime('SET LOCAL')}; ${pin(limits, this.#searchPath, 'transaction')}`;
  }

  /**
   * How a statement is sent. Behind a transaction pooler each may reach another backend, without our settings and
   * prepared statements. So the settings go with the statement in one message, which is one transaction.
   */
  ask(limits: Limits): Ask {
    if (this.passage.isSession) return prepared;
    return async (client, { text }, values) => {
      const message = `${this.perTransaction(limits)}; ${inlined(text, values)}`;
      const results = (await client.query({ text: message })) as unknown as pg.QueryResult[];
      return results.at(-1) as pg.QueryResult;
    };
  }
}
