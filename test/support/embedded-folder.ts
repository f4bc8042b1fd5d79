import { cpSync } from 'node:fs';
import { silentLog } from '../../src/base/log.ts';
import { PgliteDatabase } from '../../src/db/embedded/pglite.ts';
import { migrate } from '../../src/db/schema/schema.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary.ts';

let template: Promise<TemporaryFolder> | null = null;

/** A data folder with a current schema: a copy, because to make one takes seconds. */
export async function embeddedFolder(to?: string): Promise<TemporaryFolder> {
  template ??= makeTemplate();
  const from = await template;
  const folder = to === undefined ? temporaryFolder('embedded') : { path: to, remove: () => {} };
  cpSync(`${from.path}/pglite`, `${folder.path}/pglite`, { recursive: true });
  return folder;
}

async function makeTemplate(): Promise<TemporaryFolder> {
  const folder = temporaryFolder('template');
  const database = new PgliteDatabase(folder.path, silentLog);
  await database.connect();
  await migrate(database, database.openSession());
  await database.close();
  return folder;
}
