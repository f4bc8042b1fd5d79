import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from './guard.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary.ts';

const PIECES = [1 << 20, 1 << 12, 1] as const;

/** A file system of its own, so that it can be full while the machine's is not. */
export class SmallDisk {
  readonly #folder: TemporaryFolder;
  readonly #release: () => void;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.#release = guard({ mount: folder.path });
  }

  /** null where we may not mount one: that takes root, and in a container more than that. @param owner root by default */
  static mount(megabytes: number, owner = { uid: 0, gid: 0 }): SmallDisk | null {
    if (process.getuid?.() !== 0) return null;
    const folder = temporaryFolder('disk', owner);
    const options = `size=${megabytes}m,mode=0700,uid=${owner.uid},gid=${owner.gid}`;
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

  /** Until so much is left. */
  leave(megabytes: number): void {
    const { bavail, bsize } = statfsSync(this.path);
    const file = openSync(this.#ballast, 'w');
    for (let left = bavail * bsize - (megabytes << 20); left > 0; left -= PIECES[0]) {
      writeSync(file, Buffer.alloc(Math.min(left, PIECES[0])));
    }
    closeSync(file);
  }

  /** Takes back what `fill` has taken. */
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

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}
