import { withClient } from '../../support/postgres.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import type { SmallDisk } from '../../support/small-disk.ts';

/** The service's own role and database: ordinary ones, for which limits hold. A superuser would pass by them. */
export const SERVICE = 'stagebell';

/** @param disk where its tables lie; null: with everything else. @returns its URL, as the superuser */
export async function buildHouse(server: PostgresServer, disk: SmallDisk | null): Promise<string> {
  await withClient(server.url, async (client) => {
    await client.query(`CREATE ROLE ${SERVICE} LOGIN`);
    await client.query(`CREATE DATABASE ${SERVICE} OWNER ${SERVICE}`);
    if (disk === null) return;
    await client.query(`CREATE TABLESPACE small OWNER ${SERVICE} LOCATION '${disk.path}'`);
    await client.query(`ALTER DATABASE ${SERVICE} SET default_tablespace = small`);
  });
  return server.url.replace(/\/[^/]*$/, `/${SERVICE}`);
}
