import type { Ears, EarsEvents } from '../database.ts';
import type { Urgency } from './turns.ts';

/** Where an embedded database lives: in memory in this thread, or in a folder with a thread of its own. */
export interface Store {
  /** For MikroORM. */
  readonly options: { dbName: string; driverOptions?: { pglite: () => unknown } };
  /** May be called again after it failed. @param signal gives up */
  open(signal?: AbortSignal): Promise<void>;
  run(urgency: Urgency, text: string, values: unknown[]): Promise<unknown[]>;
  /** @param readChannel reads the name of the deployment's channel */
  listen(readChannel: () => Promise<string>, events: EarsEvents): Ears;
  /** While `work` runs, a statement may take an hour. */
  patiently<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
