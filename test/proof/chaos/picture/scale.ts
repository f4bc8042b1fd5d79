/** Where things are on the picture, in pixels. */
export class Scale {
  static readonly left = 90;
  static readonly right = 20;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly width: number;
  readonly #perMs: number;

  constructor(fromMs: number, untilMs: number) {
    this.fromMs = fromMs;
    this.untilMs = untilMs;
    const span = Math.min(3600, Math.max(900, (untilMs - fromMs) / 80));
    this.#perMs = span / (untilMs - fromMs);
    this.width = Scale.left + span + Scale.right;
  }

  x(ms: number): number {
    return Scale.left + (Math.min(this.untilMs, Math.max(this.fromMs, ms)) - this.fromMs) * this.#perMs;
  }

  /** Instants for the axis: at most one for each 80 pixels, at round seconds. */
  get ticks(): { atMs: number; label: string }[] {
    const seconds = (this.untilMs - this.fromMs) / 1000;
    const every = [5, 10, 30, 60, 120].find((step) => (seconds / step) * 80 < this.width) ?? 300;
    return Array.from({ length: Math.floor(seconds / every) + 1 }, (_, i) => ({
      atMs: this.fromMs + i * every * 1000,
      label: `${i * every} s`,
    }));
  }
}

/** How late, as a colour: a class in style.ts. */
export const LATENESS = [
  { untilMs: 25, name: 'on-time', label: 'to 25 ms' },
  { untilMs: 250, name: 'soon', label: 'to 250 ms' },
  { untilMs: 2500, name: 'later', label: 'to 2.5 s' },
  { untilMs: Number.POSITIVE_INFINITY, name: 'late', label: 'more' },
] as const;

export const colourOf = (latenessMs: number): string =>
  LATENESS.find(({ untilMs }) => latenessMs <= untilMs)?.name ?? 'late';
