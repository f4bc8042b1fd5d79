import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, UnusableFolderError } from '../base/errors.ts';

/** SQLite's numbers for: somebody else has it, and: this is no file of ours. */
const [BUSY, NOT_A_DATABASE] = [5, 26];

/**
 * One process per data folder. The lock is the operating system's, held through an open SQLite file:
 * it dies with its process, whatever killed it, so a stale lock cannot exist.
 */
export class DataFolderLock {
  /** What is locked. */
  readonly file: string;
  readonly #lock: DatabaseSync;

  /** @throws UnusableFolderError when another process holds the folder, or it cannot be written */
  constructor(folder: string) {
    const ownerFile = join(folder, 'owner');
    this.file = join(folder, 'lock.sqlite');
    try {
      // The whole database is in there: nobody else's to read. A folder that was there before may hold more than ours.
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#lock = new DatabaseSync(this.file);
    } catch (error) {
      throw unusable(folder, `${messageOf(error)}. Set DATA_DIR to a folder that this user may write.`, error);
    }
    try {
      this.#lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (error) {
      this.#lock.close();
      throw refusalOf(error, folder, ownerFile, this.file);
    }
    writeFileSync(ownerFile, `pid ${process.pid}\n`);
  }

  release(): void {
    this.#lock.close();
  }
}

function refusalOf(error: unknown, folder: string, ownerFile: string, file: string): UnusableFolderError {
  const { errcode } = error as { errcode?: number };
  if (errcode === NOT_A_DATABASE)
    return unusable(folder, `${file} is not a lock of Stagebell's. No process holds it: delete that file.`, error);
  if (errcode !== BUSY)
    return unusable(folder, `it cannot be locked: ${messageOf(error)}. Use a file system of this machine.`, error);
  const message = `The data folder ${folder} is in use by another Stagebell process (${ownerOf(ownerFile)}). An embedded database serves one process: stop that one, set DATA_DIR to another folder, or set DATABASE_URL to share a PostgreSQL.`;
  return new UnusableFolderError('data_dir_in_use', message, error);
}

const unusable = (folder: string, why: string, cause: unknown): UnusableFolderError =>
  new UnusableFolderError('data_dir_unusable', `The data folder ${folder} cannot be used: ${why}`, cause);

function ownerOf(file: string): string {
  try {
    return /^pid \d+$/.exec(readFileSync(file, 'utf8').trim())?.[0] ?? 'pid unknown';
  } catch {
    return 'pid unknown';
  }
}
