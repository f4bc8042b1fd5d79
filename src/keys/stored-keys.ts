import type { Scope } from '../access/api-key.ts';
import type { KeyStore } from '../access/key-store.ts';
import { type Clock, withTimeout } from '../base/clock.ts';
import { DatabaseUnavailableError } from '../base/errors.ts';
import type { Queryable } from '../db/database.ts';
import type { Dispatcher } from '../db/dispatcher.ts';
import { hasKeys, readValidKeys, type ValidKey } from '../db/read/keys.ts';
import { LastUses } from './last-uses.ts';

/** What was read is believed this long, unless news comes: an instance may be deaf. */
const FRESH_MS = 30_000;
/** A database that has not answered by then is taken for away; then it is asked again no sooner than after this. */
const PATIENCE_MS = 1000;
/** Hashes remembered. Unknown ones are counted apart, so that a flood of them pushes no key out. */
const [MOST_KEYS, MOST_UNKNOWN] = [10_000, 1000];

interface Known {
  /** null: there is no such key. */
  key: ValidKey | null;
  /** Monotonic, from before it was read. */
  readMs: number;
  generation: number;
}

/**
 * The keys of the database. Whoever asks often is answered from memory. A key that is revoked stops at the next
 * request, because NOTIFY makes every instance look again; one that expires is judged here. While the database is away,
 * keys that are remembered go on.
 */
export class StoredKeys implements KeyStore {
  readonly #db: Queryable;
  readonly #clock: Clock;
  readonly #uses: LastUses;
  readonly #keys = new Map<string, Known>();
  readonly #unknown = new Map<string, Known>();
  /** Raised by news: what was read before must be read again. */
  #generation = 0;
  #awayUntilMs = Number.NEGATIVE_INFINITY;
  #next: { hashes: Set<string>; read: Promise<void> } | null = null;
  #reading: Promise<void> = Promise.resolve();
  #anyAt: { generation: number; readMs: number; isAny: boolean } | null = null;

  /** @param db connections for requests: one statement at a time, however many ask */
  constructor(db: Queryable, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#uses = new LastUses(db, clock);
  }

  /** News after which what is remembered may be wrong. */
  listenTo(dispatcher: Dispatcher): void {
    dispatcher.on(['keys', 'missed', 'unsaid', 'silence'], () => {
      this.#generation += 1;
    });
  }

  async find(sha256: string): Promise<{ name: string; scope: Scope } | null> {
    const known = this.#known(sha256);
    const current = known !== undefined && this.#isFresh(known) ? known : await this.#look(sha256, known);
    const { key, readMs } = current;
    if (key === null || (key.leftMs !== null && this.#clock.monoMs() >= readMs + key.leftMs)) return null;
    this.#uses.note(key.id);
    return { name: key.name, scope: key.scope as Scope };
  }

  /** Whether a key was ever stored. @throws DatabaseUnavailableError */
  async isAny(): Promise<boolean> {
    if (this.#anyAt !== null && this.#isFresh(this.#anyAt)) return this.#anyAt.isAny;
    const before = { generation: this.#generation, readMs: this.#clock.monoMs() };
    const isAny = await hasKeys(this.#db);
    this.#anyAt = { ...before, isAny };
    return isAny;
  }

  close(): void {
    this.#uses.close();
  }

  #known(sha256: string): Known | undefined {
    return this.#keys.get(sha256) ?? this.#unknown.get(sha256);
  }

  #isFresh({ generation, readMs }: { generation: number; readMs: number }): boolean {
    return generation === this.#generation && this.#clock.monoMs() - readMs < FRESH_MS;
  }

  /** @param stale what was known, for while the database is away */
  async #look(sha256: string, stale: Known | undefined): Promise<Known> {
    const isKey = stale !== undefined && stale.key !== null;
    if (isKey && this.#clock.monoMs() < this.#awayUntilMs) return stale;
    try {
      const late = () => new DatabaseUnavailableError('The database does not answer.');
      await withTimeout(this.#clock, this.#read(sha256), PATIENCE_MS, late);
    } catch (error) {
      this.#awayUntilMs = this.#clock.monoMs() + PATIENCE_MS;
      if (isKey) return stale;
      // 503: nobody may be told that a key is unknown because it could not be looked for.
      throw new DatabaseUnavailableError('API keys cannot be read.', error);
    }
    return this.#known(sha256) ?? { key: null, readMs: this.#clock.monoMs(), generation: this.#generation };
  }

  /** Reads this hash with all others that are asked for meanwhile. */
  #read(sha256: string): Promise<void> {
    if (this.#next === null) {
      const hashes = new Set<string>();
      const read = this.#reading
        .catch(() => {})
        .then(() => {
          this.#next = null;
          return this.#ask([...hashes]);
        });
      this.#next = { hashes, read };
      this.#reading = read;
    }
    this.#next.hashes.add(sha256);
    return this.#next.read;
  }

  async #ask(hashes: readonly string[]): Promise<void> {
    const [generation, readMs] = [this.#generation, this.#clock.monoMs()];
    const found = new Map((await readValidKeys(this.#db, hashes)).map((key) => [key.sha256, key]));
    for (const sha256 of hashes) {
      const key = found.get(sha256) ?? null;
      this.#keys.delete(sha256);
      this.#unknown.delete(sha256);
      remember(key === null ? this.#unknown : this.#keys, key === null ? MOST_UNKNOWN : MOST_KEYS, sha256, {
        key,
        readMs,
        generation,
      });
    }
  }
}

/** What was read longest ago goes. */
function remember(map: Map<string, Known>, most: number, sha256: string, known: Known): void {
  const [oldest] = map.keys();
  if (map.size >= most && oldest !== undefined) map.delete(oldest);
  map.set(sha256, known);
}
