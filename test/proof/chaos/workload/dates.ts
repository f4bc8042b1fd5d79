import type { WrittenStage } from '../../checker/history.ts';
import type { Random } from '../../random.ts';

export type Dates = Omit<WrittenStage, 'id'>;

/** Bells come soon, so that a run has many, and each may fall into a fault. */
const SOON_MS = [200, 6000] as const;
const LONG_MS = [200, 5000] as const;

/** Of a new stage: mostly both to come; a few have begun, have no end, or are not planned at all. */
export function newDates(random: Random, nowMs: number): Dates {
  if (random.chance(0.03)) return { startMs: null, endMs: null };
  const startMs = nowMs + (random.chance(0.05) ? -random.integer(0, 3000) : random.integer(...SOON_MS));
  return { startMs, endMs: random.chance(0.15) ? null : startMs + random.integer(...LONG_MS) };
}

const endAfter = (startMs: number, { endMs }: Dates, random: Random): number | null =>
  endMs === null ? null : startMs + random.integer(...LONG_MS);

/** The ways in which people move dates. */
const MOVES: readonly ((dates: Dates, random: Random, nowMs: number) => Dates)[] = [
  function postpone(dates, random, nowMs) {
    const startMs = Math.max(dates.startMs ?? 0, nowMs) + random.integer(500, 4000);
    return { startMs, endMs: endAfter(startMs, dates, random) };
  },
  function bringForward(dates, random, nowMs) {
    const startMs = nowMs + random.integer(-200, 800);
    return { startMs, endMs: endAfter(startMs, dates, random) };
  },
  // A completed stage is reopened by that.
  function extend(dates, random, nowMs) {
    const startMs = dates.startMs ?? nowMs - 100;
    return { startMs, endMs: Math.max(dates.endMs ?? 0, startMs, nowMs) + random.integer(500, 4000) };
  },
  function finish(dates, random, nowMs) {
    const endMs = nowMs + random.integer(-50, 100);
    return { startMs: Math.min(dates.startMs ?? nowMs, endMs - 100), endMs };
  },
];
const unplan = (): Dates => ({ startMs: null, endMs: null });

export function movedDates(dates: Dates, random: Random, nowMs: number): Dates {
  return random.chance(0.03) ? unplan() : random.pick(MOVES)(dates, random, nowMs);
}

/** The next boundary's instant, where it comes within `withinMs`. */
export function nextInstant({ startMs, endMs }: Dates, nowMs: number, withinMs: number): number | null {
  const coming = [startMs, endMs].find((ms) => ms !== null && ms > nowMs) ?? null;
  return coming !== null && coming <= nowMs + withinMs ? coming : null;
}
