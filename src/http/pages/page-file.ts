import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file for browsers, ready to be sent. All answers share these bytes. */
export interface LoadedFile {
  bytes: Buffer;
  /** null: it would not be smaller. */
  gzipped: Buffer | null;
  /** Of the bytes as they are, without quotes. */
  tag: string;
}

export interface PageFile {
  type: string;
  /** Read and compressed when it is first asked for, off the event loop, and then kept. */
  load(): Promise<LoadedFile>;
}

const compress = promisify(gzip);

export const fromText = (type: string, text: string): PageFile => once(type, async () => Buffer.from(text));

/** @param path found only when it is needed */
export const fromFile = (type: string, path: () => string | URL): PageFile => once(type, () => readFile(path()));

function once(type: string, read: () => Promise<Buffer>): PageFile {
  let loaded: Promise<LoadedFile> | null = null;
  return {
    type,
    load() {
      loaded ??= prepare(type, read).catch((error: unknown) => {
        // The next request tries again.
        loaded = null;
        throw error;
      });
      return loaded;
    },
  };
}

async function prepare(type: string, read: () => Promise<Buffer>): Promise<LoadedFile> {
  const bytes = await read();
  const gzipped = type.startsWith('image/') ? null : await compress(bytes);
  return { bytes, gzipped, tag: hash('sha256', bytes, 'base64url') };
}
