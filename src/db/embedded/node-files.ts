import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What PGlite passes on to Emscripten. */
type Options = Parameters<NodeFS['init']>[1];

/** A file has a descriptor, a folder does not. */
interface Stream {
  nfd?: number;
  node: object;
}

interface EmscriptenModule {
  FS: {
    ErrnoError: new (errno: number) => Error;
    filesystems: { NODEFS: { realPath(node: object): string; stream_ops: { fsync?(stream: Stream): number } } };
  };
}

export interface FilesEvents {
  /** A line on PostgreSQL's standard error: its log. */
  onSaid(line: string): void;
  /** PostgreSQL has called abort(): it cannot go on. */
  onAbort(): void;
}

/**
 * The folder as PGlite sees it, with two things that PGlite leaves out: fsync reaches the disk, and PostgreSQL's
 * standard error is read.
 */
export class NodeFiles extends NodeFS {
  readonly #isDurable: boolean;
  readonly #events: FilesEvents;

  constructor(folder: string, isDurable: boolean, events: FilesEvents) {
    super(folder);
    this.#isDurable = isDurable;
    this.#events = events;
  }

  override async init(pglite: PGlite, options: Options): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pglite, options);
    const preRun = [...((emscriptenOpts.preRun as ((mod: EmscriptenModule) => void)[] | undefined) ?? [])];
    if (this.#isDurable) preRun.push(syncReally);
    const { onSaid, onAbort } = this.#events;
    const amended = { ...emscriptenOpts, preRun, printErr: onSaid, onAbort };
    return { emscriptenOpts: amended as unknown as typeof emscriptenOpts };
  }
}

/** EIO in Emscripten. PostgreSQL stops at it and recovers: its WAL has what the disk did not take. */
const IO_ERROR = 29;

/** Emscripten's file system answers fsync with success and does nothing. */
function syncReally({ FS }: EmscriptenModule): void {
  const { NODEFS } = FS.filesystems;
  NODEFS.stream_ops.fsync = ({ nfd, node }) => {
    try {
      if (nfd === undefined) syncFolder(NODEFS.realPath(node));
      else fsyncSync(nfd);
      return 0;
    } catch {
      throw new FS.ErrnoError(IO_ERROR);
    }
  };
}

/** Makes the names in a folder durable. Not every system can. */
function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    if (String((error as { code?: unknown }).code) === 'EIO') throw error;
  } finally {
    closeSync(fd);
  }
}
