import type { RecordedTransition } from '../../support/record.ts';
import type { EditRequest, FinalStage, History, RecordedTerm, WrittenStage } from './history.ts';
import type { Limits } from './limits.ts';
import { RequestsInTime } from './requests-in-time.ts';
import { Shade } from './shade.ts';
import { explainingOf, type Write, writesOf } from './writes.ts';

/** Everything that the history says of one stage. */
export interface StageFacts {
  id: string;
  /** In order of id. */
  rows: RecordedTransition[];
  /** All that may have taken effect, renames among them, in order of sending. */
  requests: EditRequest[];
  final: FinalStage | null;
  /** What may have written its dates, or deleted it. */
  writes: Write[];
  /** Those that can have been the last and left the dates that it ended with. */
  explaining: Write[];
  /** When anybody may have held its row. */
  busy: RequestsInTime;
  /** When anybody may have written its dates. */
  edited: RequestsInTime;
}

/** The history, indexed once, so that each rule is one pass over it. */
export interface Facts {
  history: History;
  limits: Limits;
  shade: Shade;
  stages: ReadonlyMap<string, StageFacts>;
  terms: ReadonlyMap<number, RecordedTerm>;
  /** The last moment at which a request can have taken effect. */
  latestOf(request: EditRequest): number;
}

interface Gathered {
  rows: RecordedTransition[];
  final: FinalStage | null;
  written: { request: EditRequest; stage: WrittenStage }[];
}

export function factsOf(history: History, limits: Limits): Facts {
  const shade = new Shade(history.faults, limits);
  const latestOf = ({ outcome, sentMs, answeredMs }: EditRequest): number =>
    outcome === 'ok' && answeredMs !== null ? answeredMs : (shade.endOf(sentMs) ?? sentMs) + limits.maybeMs;
  const stages = new Map<string, StageFacts>();
  for (const [id, { rows, final, written }] of gather(history)) {
    const writes = writesOf(written, latestOf);
    const requests = written.map(({ request }) => request);
    stages.set(id, {
      id,
      rows,
      requests,
      final,
      writes,
      explaining: explainingOf(writes, final, history.endedMs),
      busy: new RequestsInTime(requests.map((r) => ({ sentMs: r.sentMs, latestMs: latestOf(r) }))),
      edited: new RequestsInTime(
        writes.filter(({ dates }) => dates !== null).map((w) => ({ sentMs: w.request.sentMs, latestMs: w.latestMs })),
      ),
    });
  }
  return { history, limits, shade, stages, terms: new Map(history.terms.map((term) => [term.epoch, term])), latestOf };
}

function gather({ transitions, stages, requests }: History): Map<string, Gathered> {
  const all = new Map<string, Gathered>();
  const of = (id: string): Gathered => {
    let gathered = all.get(id);
    if (gathered === undefined) {
      gathered = { rows: [], final: null, written: [] };
      all.set(id, gathered);
    }
    return gathered;
  };
  for (const row of transitions) of(row.stageId).rows.push(row);
  for (const stage of stages) of(stage.id).final = stage;
  for (const request of requests) {
    if (request.outcome === 'refused') continue;
    for (const stage of request.stages) if (stage.id !== '') of(stage.id).written.push({ request, stage });
  }
  return all;
}

/** Until when a boundary of this stage that is due at `dueMs` may be crossed without anybody being late. */
export function latestCrossing({ shade, limits }: Facts, { busy }: StageFacts, dueMs: number): number {
  let latestMs = Math.max(dueMs + Math.max(limits.calmMs, shade.lateMs(dueMs)), shade.endOf(dueMs) ?? 0);
  // A request that may have held the row just then: it is the advance that waits.
  for (;;) {
    const busyUntilMs = busy.latestOfSentBy(latestMs);
    if (busyUntilMs < dueMs || busyUntilMs + limits.calmMs <= latestMs) return latestMs;
    latestMs = busyUntilMs + limits.calmMs;
  }
}

/** Whether somebody swept by hand: that runs under whichever term is current, on any instance. */
export function isByHand({ cause, instance, actor }: RecordedTransition, limits: Limits): boolean {
  if (cause !== 'sweep') return false;
  return limits.hasNamelessSweeps || actor !== null || (instance ?? '').endsWith('(cli)');
}
