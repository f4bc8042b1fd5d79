import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/**
 * Where the server is and how to log in: from DATABASE_URL, and from the PG* variables of libpq for what it leaves out.
 */
export function postgresAddress(url: string): pg.ClientConfig & { host: string; port: number } {
  const parsed = parseIntoClientConfig(url);
  // Otherwise MikroORM would fill in its own defaults.
  const { host, port, user, database, ssl } = new pg.Client(parsed);
  return {
    ...parsed,
    host,
    port,
    ssl: identified(ssl, host),
    ...(user === undefined ? {} : { user }),
    ...(database === undefined ? {} : { database }),
  };
}

/**
 * A host that is an address must match an address in the certificate. The driver passes only names to Node, which would
 * then check for `localhost`.
 */
function identified(ssl: boolean | ConnectionOptions, host: string): boolean | ConnectionOptions {
  if (!ssl || isIP(host) === 0) return ssl;
  // Not a copy: the driver has made the key non-enumerable.
  const options = ssl === true ? {} : ssl;
  options.checkServerIdentity ??= (_, certificate) => checkServerIdentity(host, certificate);
  return options;
}
