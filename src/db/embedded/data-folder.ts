import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, UnusableFolderError } from '../../base/errors.ts';

/** SQLite's codes for: somebody else has it; it is not writable; the disk is full; it is not a file of ours. */
const [BUSY, READ_ONLY, FULL, NOT_A_DATABASE] = [5, 8, 13, 26];
const TAKE = 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE';
const WRITABLE = 'Set DATA_DIR to a folder that this user may write.';

/**
 * One process per data folder. It is a lock of the operating system, held through an open SQLite file: it dies with its
 * process, however that ends, so a stale lock cannot exist. The file `owner` beside it names the process. It exists
 * while a process uses the folder, and after one that did not end cleanly.
 */
export class DataFolderLock {
  readonly #folder: string;
  readonly #file: string;
  readonly #ownerFile: string;
  readonly #lock: DatabaseSync;
  readonly #identity: string | null;
  readonly #owner: string | null;

  /** @throws UnusableFolderError when another process holds the folder, or it cannot be used */
  constructor(folder: string) {
    this.#folder = folder;
    this.#ownerFile = join(folder, 'owner');
    this.#file = join(folder, 'lock.sqlite');
    try {
      // The whole database is in there, and nobody else may read it. An existing folder keeps its mode, because it may
      // hold other files too.
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#lock = new DatabaseSync(this.#file);
    } catch (error) {
      throw unusable(folder, `${messageOf(error)}. ${WRITABLE}`, error);
    }
    try {
      this.#lock.exec(TAKE);
      this.#refuseCopy();
    } catch (error) {
      this.#lock.close();
      throw error instanceof UnusableFolderError ? error : this.#refusalOf(error);
    }
    this.#identity = identityOf(this.#file);
    this.#owner = this.#sign();
  }

  /** Why the folder is no longer ours; null while it is. */
  get loss(): string | null {
    if (identityOf(this.#file) !== this.#identity) return 'was removed, renamed or replaced';
    const owner = textOf(this.#ownerFile);
    if (this.#owner === null || owner === null || owner === this.#owner) return null;
    return `was taken by another process (${pidOf(owner)}) although it was locked: its file system does not enforce locks`;
  }

  release(): void {
    // If it belongs to somebody else by now, it is not ours to remove.
    if (this.#owner !== null && this.loss === null) rmSync(this.#ownerFile, { force: true });
    this.#lock.close();
  }

  /** @returns null if it cannot be written, as on a full disk */
  #sign(): string | null {
    try {
      writeFileSync(this.#ownerFile, '');
      const text = `pid ${process.pid}\nhost ${hostname()}\nfile ${originOf(this.#ownerFile)?.join(' ')}\n`;
      writeFileSync(this.#ownerFile, text);
      return text;
    } catch {
      return null;
    }
  }

  /** Refuses a copy that was made while a process wrote: its files do not fit together. */
  #refuseCopy(): void {
    const said = /^file (\S+) (\S+)$/m.exec(textOf(this.#ownerFile) ?? '');
    const found = originOf(this.#ownerFile);
    // Some file systems renumber their files, and some do not know when a file was made: both must differ.
    if (said === null || found === null || found[0] === said[1] || found[1] === said[2]) return;
    throw unusable(
      this.#folder,
      `it is a copy that was made while a process used the original, so its files may not fit together. Copy the original again while no service runs, or use stagebell export. If nothing ran while it was copied, delete ${this.#ownerFile} and start again.`,
    );
  }

  #refusalOf(error: unknown): UnusableFolderError {
    const { errcode = 0 } = error as { errcode?: number };
    const [folder, code] = [this.#folder, errcode & 0xff];
    if (code === NOT_A_DATABASE)
      return unusable(folder, `${this.#file} is not a lock of Stagebell's. No process holds it: delete that file.`);
    if (code === READ_ONLY) return unusable(folder, `${messageOf(error)}. ${WRITABLE}`, error);
    if (code === FULL)
      return unusable(folder, 'its disk is full. Make room, or set DATA_DIR to a folder on another disk.', error);
    if (code !== BUSY || !canLock(join(folder, `lock-try-${process.pid}`)))
      return unusable(
        folder,
        `its file system has no locks (${messageOf(error)}). Set DATA_DIR to a folder on a disk of this machine.`,
        error,
      );
    const owner = pidOf(textOf(this.#ownerFile) ?? '');
    const message = `The data folder ${folder} is in use by another Stagebell process (${owner}). An embedded database serves one process: stop that one, set DATA_DIR to another folder, or set DATABASE_URL to share a PostgreSQL.`;
    return new UnusableFolderError('data_dir_in_use', message, error);
  }
}

const unusable = (folder: string, why: string, cause?: unknown): UnusableFolderError =>
  new UnusableFolderError('data_dir_unusable', `The data folder ${folder} cannot be used: ${why}`, cause);

const pidOf = (owner: string): string => /^pid \d+$/m.exec(owner)?.[0] ?? 'pid unknown';

/** null: it does not exist. */
function identityOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** What differs in a copy of a file: its number, and when it was made. */
function originOf(file: string): [ino: string, born: string] | null {
  try {
    const fd = openSync(file, 'r');
    const { ino, birthtimeMs } = fstatSync(fd);
    closeSync(fd);
    return [String(ino), String(birthtimeMs)];
  } catch {
    return null;
  }
}

/** Locks a file that nobody else uses. If this fails, nothing can be locked there. */
function canLock(file: string): boolean {
  try {
    const lock = new DatabaseSync(file);
    try {
      lock.exec(TAKE);
      return true;
    } finally {
      lock.close();
    }
  } catch {
    return false;
  } finally {
    rmSync(file, { force: true });
  }
}
