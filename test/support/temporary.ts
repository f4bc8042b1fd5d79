import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from './guard.ts';

export interface TemporaryFolder {
  path: string;
  remove(): void;
}

/** A folder that is gone after the run at the latest. @param owner who may write it, where that is not us */
export function temporaryFolder(purpose: string, owner?: { uid: number; gid: number }): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `stagebell-${purpose}-`));
  const release = guard({ folder: path });
  if (owner !== undefined) {
    chownSync(path, owner.uid, owner.gid);
    chmodSync(path, 0o755);
  }
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
      release();
    },
  };
}
