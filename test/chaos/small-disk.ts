import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from '../support/guard.ts';
import { postgresBinaries } from '../support/postgres-binaries.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

/** Room for the tables of a long run. */
const SIZE = '96m';
const PIECES = [1 << 20, 1 << 12, 1];

/** A file system of its own for PostgreSQL's tables, so that it can be full while the machine's is not. */
export class SmallDisk {
  readonly #folder: TemporaryFolder;
  readonly #release: () => void;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.#release = guard({ mount: folder.path });
  }

  /** null where we may not mount one: that takes root, and in a container more than that. */
  static async mount(): Promise<SmallDisk | null> {
    const { owner } = await postgresBinaries();
    if (process.getuid?.() !== 0 || owner === undefined) return null;
    const folder = temporaryFolder('disk', owner);
    const options = `size=${SIZE},mode=0700,uid=${owner.uid},gid=${owner.gid}`;
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'stagebell', folder.path], {
      stdio: 'ignore',
    });
    if (status === 0) return new SmallDisk(folder);
    folder.remove();
    return null;
  }

  get path(): string {
    return this.#folder.path;
  }

  /** To the last byte. */
  fill(): void {
    const file = openSync(this.#filler, 'w');
    for (const size of PIECES) {
      const piece = Buffer.alloc(size);
      try {
        while (writeSync(file, piece) === size);
      } catch {
        // Full: for a smaller piece there may still be room.
      }
    }
    closeSync(file);
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  remove(): void {
    spawnSync('umount', ['-l', this.path], { stdio: 'ignore' });
    this.#release();
    this.#folder.remove();
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }
}
