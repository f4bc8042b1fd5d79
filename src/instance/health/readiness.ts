import type { KnownTrouble } from '../../base/health.ts';
import { STALE_LEASES } from '../../db/leading/term.ts';

/**
 * Why an instance should get no requests; empty = ready. Ears that hear nothing are no reason: edits are then read.
 * @param leaderSeenAgoMs since when nobody is known to lead, by what /v1/scheduler asks too
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
