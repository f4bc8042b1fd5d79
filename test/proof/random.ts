import { createHash } from 'node:crypto';

/**
 * The one source of chance. One seed is one sequence, for ever: the documentation names seeds. A number (simulation, fuzz)
 * draws by sfc32, a text (chaos) by mulberry32.
 */
export class Random {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  readonly #seed: number | string;

  /** @param purpose with a source of its own, so that one fault more does not reshuffle the network */
  constructor(seed: number | string, purpose = '') {
    this.#seed = seed;
    this.next = typeof seed === 'number' ? sfc32(seed, purpose) : mulberry32(seed);
  }

  /** A source of its own for one purpose, whatever was drawn from this one. */
  fork(purpose: string): Random {
    return typeof this.#seed === 'number' ? new Random(this.#seed, purpose) : new Random(`${this.#seed}/${purpose}`);
  }

  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** Both ends included. */
  integer(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.integer(0, all.length - 1)] as T;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const drawn = items.map((item) => ({ item, at: this.next() }));
    return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item);
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.integer(0, 15).toString(16));
    hex[12] = '4';
    hex[16] = this.pick(['8', '9', 'a', 'b']);
    return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}

function sfc32(seed: number, purpose: string): () => number {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let count = 1;
  for (const letter of purpose) c = Math.imul(c ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  const next = (): number => {
    const t = (a + b + count++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

function mulberry32(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
