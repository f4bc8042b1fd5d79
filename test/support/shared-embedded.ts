import { Migrated } from './migrated.ts';

let shared: Promise<Migrated> | null = null;

/** One embedded database for all files of a run, because to make one takes seconds. Whoever takes it empties it. */
export function sharedEmbedded(): Promise<Migrated> {
  shared ??= Migrated.embedded();
  return shared;
}

after(async () => {
  await (await shared)?.close();
});
