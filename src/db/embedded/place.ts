import type { Ears, EarsEvents } from '../database.ts';
import type { Urgency } from './turns.ts';

/** Where an embedded database lives: in memory and in this thread, or in a folder and in a thread of its own. */
export interface Place {
  /** For MikroORM. */
  readonly options: { dbName: string; driverOptions?: { pglite: () => unknown } };
  /** May be called again after it failed. @param signal gives it up */
  open(signal?: AbortSignal): Promise<void>;
  run(urgency: Urgency, text: string, values: unknown[]): Promise<unknown[]>;
  /** @param readChannel asks for the deployment's channel, which is its table's */
  listen(readChannel: () => Promise<string>, events: EarsEvents): Ears;
  /** While `work` runs a statement may take an hour. */
  patiently<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
