import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../base/clock.ts';
import { DatabaseUnavailableError, StagebellError } from '../../base/errors.ts';
import type { Health } from '../../base/health.ts';

const LOOK_EVERY_MS = 1000;
/** With room for fewer WAL segments than this, edits are refused, so that bells have what is left. */
const LOW_SEGMENTS = 4;
const LOW_AT_LEAST = 8 << 20;
/** With room for fewer than this, nothing is written: PostgreSQL cannot go on without room for the next segment. */
const OUT_SEGMENTS = 2;
const OUT_AT_LEAST = 4 << 20;
/** This many times the limit must be free before it counts as well again. */
const RECOVERY_FACTOR = 1.25;
const SEGMENT_BYTES = 16 << 20;
const CURE = 'make room on the disk of DATA_DIR, or move the folder to a larger one';

export interface DiskEvents {
  /** Only bells may use what is left: free what can be freed. */
  onLow(): void;
  onOut(): void;
  onRoom(): void;
  /** Replaced in tests. */
  freeBytes?(folder: string): number | null;
  segmentBytes?(folder: string): number;
}

/** Watches the free space on the folder's file system, to react before PostgreSQL runs out of it. */
export class DiskWatch {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #health: Health;
  readonly #events: DiskEvents;
  #state: 'room' | 'low' | 'out' = 'room';
  #segmentBytes = SEGMENT_BYTES;
  #timer: Timer | null = null;

  constructor(folder: string, clock: Clock, health: Health, events: DiskEvents) {
    this.#folder = folder;
    this.#clock = clock;
    this.#health = health;
    this.#events = events;
  }

  start(): void {
    if (this.#timer !== null) return;
    const { segmentBytes = segmentBytesOf } = this.#events;
    this.#segmentBytes = segmentBytes(join(this.#folder, 'pglite', 'pg_wal'));
    this.#look();
    this.#timer = this.#clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  get isOut(): boolean {
    return this.#state === 'out';
  }

  /** Looks again, because a burst of edits fills a small disk within a second. */
  get refusal(): StagebellError | null {
    if (this.#timer !== null) this.#look();
    if (this.#state === 'room') return null;
    const message = `The disk of the embedded database is almost full. Edits are refused so that the bells go on: ${CURE}.`;
    return new StagebellError('disk_full', 503, message);
  }

  /** The database cannot be opened because the disk is full. */
  full(words: string): DatabaseUnavailableError {
    const cause = 'the disk of the embedded database is full';
    this.#health.note('disk', { cause, cure: CURE, detail: words, isBlocking: true });
    return new DatabaseUnavailableError(`${cause}: ${CURE}`);
  }

  #look(): void {
    const free = (this.#events.freeBytes ?? freeBytes)(this.#folder);
    if (free === null) return;
    const low = Math.max(LOW_AT_LEAST, LOW_SEGMENTS * this.#segmentBytes);
    const out = Math.max(OUT_AT_LEAST, OUT_SEGMENTS * this.#segmentBytes);
    const before = this.#state;
    const margin = before === 'room' ? 1 : RECOVERY_FACTOR;
    this.#state = free < out * (before === 'out' ? RECOVERY_FACTOR : 1) ? 'out' : free < low * margin ? 'low' : 'room';
    if (this.#state === before) return;
    this.#tell(Math.floor(free / (1 << 20)));
    if (this.#state === 'out') this.#events.onOut();
    else {
      if (this.#state === 'low') this.#events.onLow();
      if (before === 'out') this.#events.onRoom();
    }
  }

  #tell(freeMb: number): void {
    if (this.#state === 'room') {
      this.#health.note('disk', null);
      return;
    }
    const what = this.#state === 'out' ? 'nothing is written, no stage moves' : 'edits are refused, stages still move';
    const cause = `the disk of the embedded database is almost full: ${what}`;
    this.#health.note('disk', { cause, cure: CURE, detail: `${freeMb} MB free`, isBlocking: true });
  }
}

/** How much this user may still write there; null if the folder is gone, which others report. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function segmentBytesOf(folder: string): number {
  const segment = readdirSync(folder).find((name) => /^[0-9A-F]{24}$/.test(name));
  return segment === undefined ? SEGMENT_BYTES : statSync(join(folder, segment)).size;
}
