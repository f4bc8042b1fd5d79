const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000] as const;

/** When a delivery is tried again, and when it is given up. Milliseconds. */
export interface Plan {
  /** After the first failure, the second and so on; the last one goes on. */
  delaysMs: readonly number[];
  /** A delivery is given up when it fails this long after its first attempt. */
  giveUpAfterMs: number;
  /** An endpoint is disabled when nothing but failures came from it for this long. */
  disableAfterMs: number;
  /** After so many failures in a row only one delivery at a time is sent, to see whether the endpoint is back. */
  openAfter: number;
  /** The longest pause between these. */
  mostProbeMs: number;
}

/** Eleven tries in three days. */
export const PLAN: Plan = {
  delaysMs: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, 12 * HOUR, DAY],
  giveUpAfterMs: 3 * DAY,
  disableAfterMs: 5 * DAY,
  openAfter: 5,
  mostProbeMs: 10 * MINUTE,
};

/** An endpoint may ask for a pause, but not for ever. */
export const MOST_RETRY_AFTER_MS = DAY;

/**
 * How long to wait after so many failures.
 * @param random 0 to 1: those that failed together are not tried again together
 */
export function delayMs({ delaysMs }: Plan, failures: number, random: number): number {
  const ms = delaysMs[Math.min(failures, delaysMs.length) - 1] ?? delaysMs.at(-1) ?? 0;
  return ms * (0.9 + 0.2 * random);
}

/** What an attempt came to. */
export interface Outcome {
  /** null: there was no answer. */
  status: number | null;
  /** How its body began. */
  answer: string;
  /** What went wrong, and how to mend it; null: nothing. */
  error: string | null;
  /** How long the endpoint asks to be left alone. */
  retryAfterMs: number | null;
  tookMs: number;
}

/** `busy`: it said to come later, which is no failure. `gone`: it said that it wants nothing any more. */
export type Verdict = 'delivered' | 'failed' | 'busy' | 'gone';

export function verdictOn({ status, error }: Outcome): Verdict {
  if (status === 410) return 'gone';
  if (status === 429) return 'busy';
  return error === null && status !== null && status >= 200 && status < 300 ? 'delivered' : 'failed';
}

/**
 * What `Retry-After` asks for, in milliseconds; null: nothing that can be read.
 * @param nowMs wall time, for when it is a date
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * SECOND : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), MOST_RETRY_AFTER_MS);
}
