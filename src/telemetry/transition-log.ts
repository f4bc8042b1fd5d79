import type { Log } from '../base/log.ts';
import type { Advanced } from '../db/leading/advance.ts';

/** A sweep that moves something this late is logged as a warning: somebody has been waiting. */
const MISSED_MS = 1000;

/** One line per batch of transitions. */
export function logTransitions(log: Log, batch: Advanced, cause: 'timer' | 'sweep', term: number): void {
  const { moved, tally, firstDueMs } = batch;
  let seen = 0;
  const median = tally.find(({ count }) => {
    seen += count;
    return seen * 2 >= moved;
  });
  const latenessMaxMs = tally.at(-1)?.latenessMs ?? 0;
  // What was missed and caught up should stand out.
  const level = cause === 'sweep' && latenessMaxMs >= MISSED_MS ? 'warn' : 'info';
  log[level](
    {
      event: 'transitions',
      count: moved,
      instant: firstDueMs === null ? null : new Date(firstDueMs).toISOString(),
      lateness_p50_ms: median?.latenessMs ?? 0,
      lateness_max_ms: latenessMaxMs,
      cause,
      term,
    },
    `${moved} moved`,
  );
}
