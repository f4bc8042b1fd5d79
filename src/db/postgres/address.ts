import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/** Where the server is and how to log in, as DATABASE_URL says, and the PG* variables of libpq where it does not. */
export function postgresAddress(url: string): pg.ClientConfig & { host: string; port: number } {
  const parsed = parseIntoClientConfig(url);
  // MikroORM would fill in defaults of its own otherwise.
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
 * A host that is an address is compared with the addresses in the certificate. The driver tells Node of names
 * alone, and Node would take `localhost` for the host.
 */
function identified(ssl: boolean | ConnectionOptions, host: string): boolean | ConnectionOptions {
  if (!ssl || isIP(host) === 0) return ssl;
  // The same object: the driver has made its key invisible to copies.
  const options = ssl === true ? {} : ssl;
  options.checkServerIdentity ??= (_, certificate) => checkServerIdentity(host, certificate);
  return options;
}
