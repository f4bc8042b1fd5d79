import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, StagebellError, UnusableFolderError } from '../../base/errors.ts';
import type { Ears, EarsEvents } from '../database.ts';
import { EmbeddedClient, LONG_WORK_MS } from './client.ts';
import { DataFolderLock } from './data-folder.ts';
import { DiskWatch } from './disk-watch.ts';
import { FolderWatch } from './folder-watch.ts';
import { inspectFolder } from './inspect-folder.ts';
import { Maintenance } from './maintenance.ts';
import type { Results } from './protocol.ts';
import type { Store } from './store.ts';
import type { Surroundings } from './surroundings.ts';
import { syncPath, syncTree } from './sync-tree.ts';
import type { Urgency } from './turns.ts';

/** Corrupt pages, and files that are missing or unreadable. */
const DAMAGED = /^(XX00[12]|58P01|58030)$/;

/** A database in a folder that only we use, in a thread of its own. */
export class InFolder implements Store {
  readonly options: Store['options'];
  readonly #folder: string;
  readonly #lock: DataFolderLock;
  readonly #client: EmbeddedClient;
  readonly #disk: DiskWatch;
  readonly #watch: FolderWatch;
  readonly #maintenance: Maintenance;
  readonly #around: Surroundings;
  #ears: FolderEars | null = null;

  /** @throws StagebellError when another process has the folder, or it cannot be used */
  constructor(folder: string, around: Surroundings) {
    this.#folder = folder;
    this.#around = around;
    const { clock, health } = around;
    this.#lock = new DataFolderLock(folder);
    const pglite = join(folder, 'pglite');
    this.options = { dbName: pglite, driverOptions: { pglite: () => this.#client } };
    this.#client = new EmbeddedClient({ folder: pglite, isDurable: around.isDurable }, clock, health, {
      onNotification: (channel, payload) => this.#ears?.hear(channel, payload),
      onReopened: () => this.#reopened(),
      onError: (error) => this.#noteDamage(error),
    });
    this.#maintenance = new Maintenance(this.#client, clock);
    this.#disk = new DiskWatch(folder, clock, health, {
      onLow: () => this.#maintenance.makeRoom(),
      onOut: () => this.#readOnly(),
      onRoom: () => this.#readOnly(),
      ...(around.freeBytes && { freeBytes: around.freeBytes }),
    });
    this.#watch = new FolderWatch(this.#lock, clock, (why) => this.#lost(why));
  }

  async open(signal?: AbortSignal): Promise<void> {
    if (this.#client.isOpen) return;
    const { pglite, making } = this.#paths;
    const state = inspectFolder(this.#folder, pglite, making);
    // While the file `making` exists, nothing has been stored yet: a start that was interrupted begins again.
    try {
      if (state === 'new') writeFileSync(making, '');
      mkdirSync(pglite, { recursive: true });
      chmodSync(pglite, 0o700);
      await this.#client.open(signal);
      if (state === 'new') await this.#made();
    } catch (error) {
      throw this.#refusalOf(error, state);
    }
    this.#disk.start();
    this.#watch.start();
  }

  /**
   * The mark `making` must be gone for good before anything is stored: as long as it exists, a start makes the database
   * anew.
   */
  async #made(): Promise<void> {
    const { pglite, making } = this.#paths;
    const { isDurable } = this.#around;
    if (isDurable) await syncTree(pglite);
    rmSync(making, { force: true });
    if (!isDurable) return;
    await syncPath(this.#folder);
    await syncPath(dirname(this.#folder));
  }

  async run(urgency: Urgency, text: string, values: unknown[]): Promise<unknown[]> {
    return (await this.#client.run(urgency, text, values)).rows;
  }

  /** One or more statements. */
  script(text: string): Promise<Results[]> {
    return this.#client.exec(text);
  }

  listen(readChannel: () => Promise<string>, events: EarsEvents): Ears {
    this.#ears = new FolderEars(readChannel, events);
    void this.#ears.open(this.#client);
    return this.#ears;
  }

  async patiently<T>(work: () => Promise<T>): Promise<T> {
    const { patienceMs } = this.#client;
    this.#client.patienceMs = LONG_WORK_MS;
    try {
      return await work();
    } finally {
      this.#client.patienceMs = patienceMs;
    }
  }

  /** Why writes are refused now. */
  get refusal(): StagebellError | null {
    return this.#disk.refusal;
  }

  /** @param quietMs how long nothing is due */
  maintain(quietMs: number): Promise<void> {
    return this.#maintenance.look(quietMs);
  }

  async close(): Promise<void> {
    this.#disk.stop();
    this.#watch.stop();
    await this.#client.close();
    this.#lock.release();
  }

  get #paths(): { pglite: string; making: string } {
    return { pglite: join(this.#folder, 'pglite'), making: join(this.#folder, 'making') };
  }

  #reopened(): void {
    void this.#readOnly();
    void this.#ears?.open(this.#client);
  }

  /** When the disk is nearly full nothing is written any more: PostgreSQL would crash. */
  async #readOnly(): Promise<void> {
    const setting = this.#disk.isOut ? 'on' : 'off';
    await this.#client.exec(`SET default_transaction_read_only = ${setting}`, 'urgent').catch(() => {});
  }

  #noteDamage(error: Error): void {
    if (!DAMAGED.test(String((error as { code?: unknown }).code))) return;
    this.#around.health.note('data', {
      cause: 'a file of the embedded database is damaged',
      cure: 'stop the service and restore the data folder from a copy; stagebell export can save what is intact',
      detail: error.message,
      isBlocking: true,
    });
  }

  #lost(why: string): void {
    const message = `The data folder ${this.#folder} ${why}, while the service had it open. What was written since is not safe. Make sure that the folder is there and that no other process uses it, then start again.`;
    void this.#client.abandon();
    this.#around.onLost(new UnusableFolderError('data_dir_lost', message));
  }

  #refusalOf(error: unknown, state: 'new' | 'known'): unknown {
    if (error instanceof StagebellError) return error;
    const words = messageOf(error);
    const isFull = /no space left/i.test(words);
    // A known database waits for room. One that was never made has nothing to wait for.
    if (isFull && state === 'known') return this.#disk.full(words);
    const cure = isFull
      ? 'Make room, or set DATA_DIR to a folder on another disk.'
      : 'Restore the folder from a copy, or set DATA_DIR to a new one.';
    const message = `The embedded database in ${this.#folder} cannot be opened. PostgreSQL says: ${words}. ${cure}`;
    return new UnusableFolderError('data_dir_unusable', message, error);
  }
}

/** Ears that listen again after the thread was started again. */
class FolderEars implements Ears {
  isListening = false;
  readonly #readChannel: () => Promise<string>;
  readonly #events: EarsEvents;
  #channel = '';
  #isClosed = false;

  constructor(readChannel: () => Promise<string>, events: EarsEvents) {
    this.#readChannel = readChannel;
    this.#events = events;
  }

  async open(client: EmbeddedClient): Promise<void> {
    try {
      this.#channel = await this.#readChannel();
      await client.exec(`LISTEN ${this.#channel}`);
      this.isListening = true;
      if (!this.#isClosed) this.#events.onListening();
    } catch (error) {
      this.isListening = false;
      if (!this.#isClosed) this.#events.onDeaf(messageOf(error));
    }
  }

  hear(channel: string, payload: string): void {
    if (channel === this.#channel && !this.#isClosed) this.#events.onMessage(payload);
  }

  reconnect(): void {}

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}
