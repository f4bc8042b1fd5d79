import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const AT_ONCE = 16;

/** Waits until the disk has everything in a folder. PGlite does not wait when it makes a new database. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  const next = paths.values();
  const work = async (): Promise<void> => {
    for (const path of next) await syncPath(path);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await syncPath(folder);
}

/** For a folder, this makes the names in it durable. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } catch (error) {
    // Not every system can do this for folders.
    if (!['EINVAL', 'EPERM', 'EISDIR', 'EBADF'].includes(String((error as { code?: unknown }).code))) throw error;
  } finally {
    await file.close();
  }
}
