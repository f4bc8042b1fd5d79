/** Names inside PostgreSQL that several files must spell alike. */

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The one NOTIFY channel of a deployment: named after its schema, so that two deployments in one
 * database do not hear each other. Lower case, because PGlite folds channel names.
 */
export function channelOf(schema: string): string {
  return `stagebell_${schema.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 63);
}

/** The table in which MikroORM remembers which migrations have run. */
export const MIGRATIONS_TABLE = 'stagebell_migration';
