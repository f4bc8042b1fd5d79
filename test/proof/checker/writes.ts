import type { EditRequest, FinalStage, WrittenStage } from './history.ts';

/** What one request did to one stage, if it did. */
export interface Write {
  request: EditRequest;
  /** As the request leaves them; null for a delete. */
  dates: WrittenStage | null;
  /** The last moment at which it can have taken effect. */
  latestMs: number;
  /**
   * From here on it certainly does not hold any more: a later request was acknowledged. Requests whose
   * intervals overlap may have come in any order, and overwrite nobody for certain.
   */
  overwrittenMs: number;
}

/**
 * A stage's writes, each with the time during which its dates may have been in force.
 * @param latestOf the last moment at which a request can have taken effect
 */
export function writesOf(
  requests: readonly { request: EditRequest; stage: WrittenStage }[],
  latestOf: (request: EditRequest) => number,
): Write[] {
  const writes = requests
    .filter(({ request }) => request.kind !== 'rename')
    .map(({ request, stage }) => ({
      request,
      dates: request.kind === 'delete' ? null : stage,
      latestMs: latestOf(request),
      overwrittenMs: Number.POSITIVE_INFINITY,
    }));
  // The soonest acknowledgement among all that were sent after a given moment: from the last sent on.
  const bySent = writes
    .filter(({ request }) => request.outcome === 'ok')
    .sort((a, b) => b.request.sentMs - a.request.sentMs);
  let soonestMs = Number.POSITIVE_INFINITY;
  let next = 0;
  for (const write of writes.toSorted((a, b) => b.latestMs - a.latestMs)) {
    for (; next < bySent.length; next++) {
      const later = bySent[next] as Write;
      if (later.request.sentMs <= write.latestMs) break;
      soonestMs = Math.min(soonestMs, later.latestMs);
    }
    write.overwrittenMs = soonestMs;
  }
  return writes;
}

/** Whether the write can have been the one in force at some moment of this span. */
export function mayHold({ request, overwrittenMs }: Write, fromMs: number, untilMs: number): boolean {
  return request.sentMs <= untilMs && overwrittenMs >= fromMs;
}

/** The writes that can have been the last one and left the stage with the dates that it has. */
export function explainingOf(writes: readonly Write[], final: FinalStage | null, endedMs: number): Write[] {
  if (final === null) return [];
  return writes.filter(
    (write) =>
      write.dates?.startMs === final.startMs && write.dates.endMs === final.endMs && mayHold(write, endedMs, endedMs),
  );
}
