import { fsyncSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What PGlite hands through to Emscripten. */
type Options = Parameters<NodeFS['init']>[1];

interface EmscriptenModule {
  FS: { filesystems: { NODEFS: { stream_ops: { fsync?(stream: { nfd?: number }): number } } } };
}

export interface FilesEvents {
  /** A line on PostgreSQL's standard error: its log. */
  onSaid(line: string): void;
  /** PostgreSQL has called abort(): it cannot go on. */
  onAbort(): void;
}

/**
 * The folder as PGlite sees it, with two things that PGlite leaves out: fsync reaches the disk, and what
 * PostgreSQL says on its standard error is heard.
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

/** Emscripten's file system answers fsync with success and does nothing. */
function syncReally(mod: EmscriptenModule): void {
  mod.FS.filesystems.NODEFS.stream_ops.fsync = ({ nfd }) => {
    if (nfd !== undefined) fsyncSync(nfd);
    return 0;
  };
}
