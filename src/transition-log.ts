import type { Log } from './base/log.ts';
import type { Advanced } from './db/advance.ts';

/** One line per batch of transitions. */
export function logTransitions(log: Log, batch: Advanced, cause: 'timer' | 'sweep', term: number): void {
  const { moved, tally, firstDueMs } = batch;
  let seen = 0;
  const median = tally.find(({ count }) => {
    seen += count;
    return seen * 2 >= moved;
  });
  log.info(
    {
      event: 'transitions',
      count: moved,
      instant: firstDueMs === null ? null : new Date(firstDueMs).toISOString(),
      lateness_p50_ms: median?.latenessMs ?? 0,
      lateness_max_ms: tally.at(-1)?.latenessMs ?? 0,
      cause,
      term,
    },
    `${moved} moved`,
  );
}
