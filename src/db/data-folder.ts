import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, StagebellError } from '../base/errors.ts';

/**
 * One process per data folder. The lock is the operating system's, held through an open SQLite file:
 * it dies with its process, whatever killed it, so a stale lock cannot exist.
 */
export class DataFolderLock {
  readonly #lock: DatabaseSync;

  /** @throws StagebellError when another process holds the folder, or it cannot be written */
  constructor(folder: string) {
    const ownerFile = join(folder, 'owner');
    try {
      mkdirSync(folder, { recursive: true });
      this.#lock = new DatabaseSync(join(folder, 'lock.sqlite'));
    } catch (error) {
      throw new StagebellError(
        'data_dir_unusable',
        503,
        `The data folder ${folder} cannot be used: ${messageOf(error)}. Set DATA_DIR to a folder that this user may write.`,
        { cause: error },
      );
    }
    try {
      this.#lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (error) {
      this.#lock.close();
      throw new StagebellError(
        'data_dir_in_use',
        503,
        `The data folder ${folder} is in use by another Stagebell process (${ownerOf(ownerFile)}). An embedded database serves one process: stop that one, set DATA_DIR to another folder, or set DATABASE_URL to share a PostgreSQL.`,
        { cause: error },
      );
    }
    writeFileSync(ownerFile, `pid ${process.pid}\n`);
  }

  release(): void {
    this.#lock.close();
  }
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'pid unknown';
  }
}
