import type pg from 'pg';
import type { Clock } from '../../base/clock.ts';
import { MIGRATIONS_TABLE } from '../names.ts';
import { KnownDatabaseError } from '../troubles.ts';
import type { Limits } from './limits.ts';
import { findPassage, type Passage } from './passage.ts';
import { inlined, pin, READ_COMMITTED, searchPathOf } from './pinned.ts';
import { type Ask, prepared } from './session.ts';

/** The deployment's schema is where its tables are; before they are, where the role would make them. */
const WHERE_WE_ARE = `SELECT current_setting('server_version_num')::int AS version, current_schemas(false)::text[] AS path,
  coalesce((SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE pg_class.oid = coalesce(to_regclass('${MIGRATIONS_TABLE}'), to_regclass('stage'))), current_schema())::text AS schema`;

const TOO_OLD = { cause: 'the server is older than PostgreSQL 14', cure: 'use PostgreSQL 14 or later' };
const NOWHERE = {
  cause: 'the search_path names no schema that exists, or none that this role may use',
  cure: 'create it, GRANT USAGE on it, or mend search_path (of the role, the database or DATABASE_URL); where the schema was renamed, rename it back: the triggers name it as it was',
};
const refusal = (words: typeof TOO_OLD): KnownDatabaseError =>
  new KnownDatabaseError({ part: 'database', ...words, isBlocking: true, endsByItself: false }, undefined);

/** Before all else: the time-out of a role may be shorter than what sets the others takes. */
const inTime = (set: 'SET' | 'SET LOCAL'): string => `${set} statement_timeout = 0`;

interface Place {
  version: number;
  schema: string | null;
  path: string[];
}

/** In one message, which is one transaction: behind a pooler nothing is left to somebody else. */
async function whereWeAre(client: pg.Client): Promise<Place> {
  const message = `BEGIN; ${inTime('SET LOCAL')}; ${WHERE_WE_ARE}; COMMIT`;
  const results = (await client.query(message)) as unknown as pg.QueryResult<Place>[];
  return results.at(-2)?.rows[0] as Place;
}

/** Where our connections stand: in which schema, under which settings, and what the way to the server keeps of them. */
export class Footing {
  /** Until it is known, what works everywhere. */
  passage: Passage = { isSession: false, canListen: false };
  #searchPath: string | null = null;

  /** @param one, other connections on which nothing was set */
  async find(one: pg.Client, other: pg.Client, clock: Clock): Promise<void> {
    const { version, schema, path } = await whereWeAre(one);
    if (version < 140_000) throw refusal(TOO_OLD);
    if (schema === null) throw refusal(NOWHERE);
    this.#searchPath = searchPathOf(schema, path);
    this.passage = await findPassage(one, other, clock);
  }

  /**
   * Puts our settings into force. By a statement, because poolers refuse them as start-up parameters; not behind
   * a transaction pooler, because there they would be left to somebody else.
   */
  async settle(client: pg.ClientBase, limits: Limits): Promise<void> {
    if (this.passage.isSession) await client.query(`${inTime('SET')}; ${pin(limits, this.#searchPath, 'session')}`);
  }

  /** The settings of one transaction, for where no connection keeps any. */
  perTransaction(limits: Limits): string {
    return `${READ_COMMITTED}; ${inTime('SET LOCAL')}; ${pin(limits, this.#searchPath, 'transaction')}`;
  }

  /**
   * How a statement is asked. Behind a transaction pooler the next one may come to another backend, which has neither
   * our settings nor what was prepared: they go along in one message, which is one transaction.
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
