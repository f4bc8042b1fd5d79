import type { KnownTrouble } from '../../base/health.ts';
import { STALE_LEASES } from '../../db/leading/term.ts';

/**
 * Why an instance should get no requests; empty = ready. Hearing nothing is no reason, because edits are then read.
 * @param leaderSeenAgoMs milliseconds since anybody was known to lead
 */
export function reasonsNotReady(
  troubles: readonly KnownTrouble[],
  leaderSeenAgoMs: number,
  leaseMs: number,
  electionTrouble: string | null,
): string[] {
  const reasons = troubles.filter(({ isBlocking }) => isBlocking).map(({ part, cause }) => `${part}: ${cause}`);
  if (leaderSeenAgoMs > STALE_LEASES * leaseMs) {
    reasons.push(`leadership: nobody is known to lead${electionTrouble === null ? '' : `, and ${electionTrouble}`}`);
  }
  return reasons;
}
