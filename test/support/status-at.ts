import type { StageDates, Status } from '../../src/domain/stage.ts';

/**
 * The rule that PostgreSQL applies as `stage_status`, said once more for those who judge it: half-open, so
 * `start <= now < end` is active. A property test compares the two (test/db/status-rule.test.ts).
 * @param nowMs epoch milliseconds, by the database's clock
 */
export function statusAt({ startMs, endMs }: StageDates, nowMs: number): Status {
  if (startMs === null || nowMs < startMs) return 'pending';
  return endMs === null || nowMs < endMs ? 'active' : 'completed';
}
