import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';

/** Names the database that a command uses, without secrets. */
export function targetOf({ database }: Config): string {
  const { url, dataDir } = database;
  if (url === null) return `embedded, ${dataDir}, because DATABASE_URL is not set`;
  if (!URL.canParse(url)) return 'DATABASE_URL';
  const { hostname, port, pathname, username, searchParams } = new URL(url);
  const host = hostname || searchParams.get('host') || process.env['PGHOST'] || 'localhost';
  const name = decoded(pathname.slice(1)) || process.env['PGDATABASE'] || '';
  const user = decoded(username) || process.env['PGUSER'] || '';
  return `postgresql://${host}:${port || process.env['PGPORT'] || 5432}/${name}${user && ` as ${user}`}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * A command that only looks must not create anything. If the shell has not read the environment of the service, it
 * would create an empty database and look at that.
 * @throws ConfigError when there is no embedded database to look at
 */
export function refuseToMake({ database }: Config): void {
  const { url, dataDir } = database;
  if (url !== null || dataDir.startsWith('memory:') || existsSync(join(dataDir, 'pglite'))) return;
  throw new ConfigError([
    `DATABASE_URL: not set, and there is no embedded database in ${dataDir}; expected the environment of the service: stagebell --env /etc/stagebell.env ..., or DATA_DIR set to its folder`,
  ]);
}
