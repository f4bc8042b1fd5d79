import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UnusableFolderError } from '../../base/errors.ts';
import { freeBytes } from './disk-watch.ts';

/** PostgreSQL's major version inside PGlite. */
const MAJOR = '18';
const CONTROL_BYTES = 8192;
/** Room for a new database, its schema, and what must stay free. */
const NEW_BYTES = 40 << 20;

/**
 * Checks PostgreSQL's files before PostgreSQL reads them, because it would only abort.
 * @param making a file that exists during a first start
 * @throws UnusableFolderError with the reason, if it cannot be opened and waiting would not help
 */
export function inspectFolder(folder: string, pglite: string, making: string): 'new' | 'known' {
  const refuse = (what: string, cure: string): never => {
    const message = `The embedded database in ${folder} cannot be opened: ${what}. ${cure}`;
    throw new UnusableFolderError('data_dir_unusable', message);
  };
  try {
    // The first start did not finish, so nothing was stored yet.
    if (existsSync(making)) rmSync(pglite, { recursive: true, force: true });
    if (!existsSync(pglite) || readdirSync(pglite).length === 0) {
      const free = freeBytes(folder) ?? Number.POSITIVE_INFINITY;
      const freeMb = Math.floor(free / (1 << 20));
      if (free < NEW_BYTES)
        refuse(
          `a new one needs ${NEW_BYTES >> 20} MB, but only ${freeMb} MB are free`,
          'Make room, or set DATA_DIR to a folder on another disk.',
        );
      return 'new';
    }
    for (const name of ['PG_VERSION', 'base', 'global', 'pg_wal', 'pg_xact', 'global/pg_control']) {
      if (!existsSync(join(pglite, name))) refuse(`${join('pglite', name)} is missing`, RESTORE);
    }
    // A single file that root has made is enough for errors days later.
    for (const name of ['.', ...readdirSync(pglite, { recursive: true, encoding: 'utf8' })])
      accessSync(join(pglite, name), constants.R_OK | constants.W_OK);
    const major = readFileSync(join(pglite, 'PG_VERSION'), 'utf8').trim();
    if (major !== MAJOR)
      refuse(
        `it was made by PostgreSQL ${major.slice(0, 20)}, and this release brings PostgreSQL ${MAJOR}`,
        'Run stagebell export with the release that made it, and stagebell import with this one into a new DATA_DIR.',
      );
    if (statSync(join(pglite, 'global/pg_control')).size < CONTROL_BYTES)
      refuse('pglite/global/pg_control is cut off', RESTORE);
    if (!readdirSync(join(pglite, 'pg_wal')).some((name) => /^[0-9A-F]{24}$/.test(name)))
      refuse('its log, pglite/pg_wal, is empty', RESTORE);
    return 'known';
  } catch (error) {
    if (error instanceof UnusableFolderError) throw error;
    return refuse(
      messageOf(error),
      'Give the folder to the user that runs the service: chown -R, and mode 0700 for folders.',
    );
  }
}

const RESTORE = 'Restore the folder from a copy, or set DATA_DIR to a new one.';
