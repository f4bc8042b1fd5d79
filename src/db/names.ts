/** Names inside PostgreSQL that several files must spell the same way. */

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text constant, for SQL that is put together. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The one NOTIFY channel of a deployment, as an SQL expression: named after the oid of the table `stage` in the
 * search_path, so that no other deployment has the same. In lower case, because PGlite folds channel names.
 */
export const CHANNEL = `'stagebell_' || coalesce(to_regclass('stage')::oid::text, 'none')`;
export const READ_CHANNEL = { name: 'channel', text: `SELECT ${CHANNEL} AS channel` };

/**
 * When the notification queue is fuller than this (0 to 1), nothing is added to it: if it overflows, everybody's
 * commits fail.
 */
export const FULL_QUEUE = 0.9;
/** From here on it is reported, although nothing is affected yet. */
export const FILLING_QUEUE = 0.5;

/**
 * The channel of the releases before migration 0003, still used for one more release. Different schemas may share it.
 */
export function channelOf(schema: string): string {
  return `stagebell_${schema.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 63);
}

/**
 * Said by the function batch_chosen where the next batch may begin. A migration has written it there, so another word
 * needs another migration.
 */
export const BATCH_CHOSEN = 'batch chosen';

/**
 * Settings by which a session tells the triggers something, or itself. Migrations have written them into functions, so
 * another name needs another migration. (`test/db/names.test.ts` knows of no others.)
 */
export const SETTING = {
  /** An advance derives, records and counts by itself: the triggers stand aside. */
  advance: 'stagebell.advance',
  /** The triggers say nothing on the channel. */
  mute: 'stagebell.mute',
  /** Which instance writes, for whom, and why. */
  instance: 'stagebell.instance',
  actor: 'stagebell.actor',
  reason: 'stagebell.reason',
  /** Whether a deferred trigger fires now or at COMMIT, and what was put off until then. Among triggers alone. */
  fires: 'stagebell.fires',
  pass: 'stagebell.pass',
  put_off_to: 'stagebell.put_off_to',
  /** Whether a connection keeps its settings: behind a transaction pooler it does not. */
  passage: 'stagebell.passage',
} as const;

/** The table in which MikroORM remembers which migrations have run. */
export const MIGRATIONS_TABLE = 'stagebell_migration';

/** Said on the channel when the record has grown. */
export const RECORD_GREW = 'record';
/** Said on the channel when an API key was made, changed or revoked. */
export const KEYS_CHANGED = 'keys';
/** Said on the channel when an instance came or went. */
export const INSTANCES_CHANGED = 'instances';

/** Said on the channel when a webhook was created, edited or deleted, or has work. */
export const WEBHOOKS_CHANGED = 'webhooks';

/** Why nothing moves: the record would be incomplete. */
export const UNRECORDED = 'a trigger or a rule keeps rows out of the table transition';

/** The session that holds the leader's lock or waits for it. */
export const ALIVE = 'alive';
/** The sessions that an instance has for its own work. Each one's name is the end of its application_name. */
export const OWN_SESSIONS = ['lead', 'ring', 'ring2', 'plan', 'watch', 'try', 'listen', ALIVE] as const;
export type OwnSession = (typeof OWN_SESSIONS)[number];
/** SQL condition on application_name. Poolers may append the host of the client. */
export const IS_ALIVE = `application_name ~ ':${ALIVE}( |$)'`;

/** PostgreSQL keeps 63 bytes of an application_name, and the end of ours says what the session is for. */
export const MOST_OF_NAME = 50;
