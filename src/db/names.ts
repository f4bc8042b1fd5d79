/** Names inside PostgreSQL that several files must spell alike. */

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** As a constant of type text, for SQL that is put together. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The one NOTIFY channel of a deployment, as an SQL expression: named after the table `stage`, wherever the
 * search_path finds it, so that no other deployment has the same. Lower case, because PGlite folds channel names.
 */
export const CHANNEL = `'stagebell_' || coalesce(to_regclass('stage')::oid::text, 'none')`;
export const READ_CHANNEL = { name: 'channel', text: `SELECT ${CHANNEL} AS channel` };

/** A notification queue that is fuller than this is left alone (0 to 1): what overflows fails everybody's commit. */
export const FULL_QUEUE = 0.9;
/** From here on it is reported, although nothing suffers yet. */
export const FILLING_QUEUE = 0.5;

/** The channel of the releases before 0003, which is said on for one more. Different schemas can have the same. */
export function channelOf(schema: string): string {
  return `stagebell_${schema.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 63);
}

/** The table in which MikroORM remembers which migrations have run. */
export const MIGRATIONS_TABLE = 'stagebell_migration';

/** Said on the channel where the record grew. */
export const RECORD_GREW = 'record';
/** Said on the channel where an instance came or went. */
export const INSTANCES_CHANGED = 'instances';

/** Why nothing moves where the record would lack it. */
export const UNRECORDED = 'a trigger or a rule keeps rows out of the table transition';

/** The session that holds the leader's lock, or waits for it, by the end of its application_name. */
export const ALIVE = 'alive';
/** Of application_name. Poolers may add the host of the client. */
export const IS_ALIVE = `application_name ~ ':${ALIVE}( |$)'`;

/** What PostgreSQL keeps of an application_name is 63 bytes, and the end of ours says what a session is for. */
export const MOST_OF_NAME = 50;
