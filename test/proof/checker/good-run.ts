import type { RecordedTransition } from '../../support/record.ts';
import type { EditRequest, FinalStage, History, InjectedFault, RecordedTerm } from './history.ts';

const T0 = Date.UTC(2026, 0, 5, 9);
/** Seconds into the run, as an instant. */
export const s = (seconds: number): number => T0 + Math.round(seconds * 1000);

type Row = Partial<RecordedTransition> & Pick<RecordedTransition, 'stageId' | 'occurredMs'>;

export const starts = (stageId: string, dueMs: number, occurredMs: number, more: Partial<Row> = {}): Row => ({
  ...{ stageId, from: 'pending', to: 'active', dueMs, occurredMs },
  ...more,
});
export const ends = (stageId: string, dueMs: number, occurredMs: number, more: Partial<Row> = {}): Row => ({
  ...{ stageId, from: 'active', to: 'completed', dueMs, occurredMs },
  ...more,
});
export const takenBack = (
  stageId: string,
  from: 'active' | 'completed',
  to: 'pending' | 'active',
  occurredMs: number,
): Row => ({
  ...{ stageId, from, to, dueMs: null, occurredMs },
  ...EDIT,
});
export const EDIT = { cause: 'edit', term: null, instance: 'i2' } as const;
const SWEEP = { cause: 'sweep' } as const;
const SECOND = { term: 2, instance: 'i2' } as const;

export const request = (
  kind: EditRequest['kind'],
  sentMs: number,
  stages: [id: string, startMs: number | null, endMs: number | null][],
  outcome: EditRequest['outcome'] = 'ok',
): EditRequest => ({
  ...{ kind, via: 'i3', sentMs, answeredMs: outcome === 'maybe' ? null : sentMs + 10, outcome },
  stages: stages.map(([id, startMs, endMs]) => ({ id, startMs, endMs })),
});

/**
 * A minute in which everything went well: i1 led and was killed after 20 s, i2 has led since. Each
 * stage is named after what happened to it.
 */
export function goodRun(): History {
  const requests: EditRequest[] = [
    request('create', s(1), [
      ['calm', s(5), s(10)],
      ['beside', s(5), null],
    ]),
    request('create', s(1.1), [['missed', s(20.5), s(20.6)]]),
    request('create', s(1.2), [
      ['caught', s(21), s(40)],
      ['future', s(900), s(950)],
    ]),
    request('create', s(1.3), [['postponed', s(6), null]]),
    request('create', s(1.4), [['reopened', s(3), s(7)]]),
    request('create', s(1.5), [['deleted', s(8), null]]),
    request('create', s(1.6), [
      ['unsure', s(100), null],
      ['unsure too', s(100), null],
    ]),
    request('create', s(1.7), [['past', s(-100), s(-50)]]),
    request('create', s(1.8), [['swept', s(30), null]]),
    request('create', s(1.9), [['', s(12), null]], 'maybe'),
    request('create', s(1.95), [['over', s(2.5), s(13)]]),
    request('edit', s(4), [['postponed', s(9), s(35)]]),
    request('delete', s(5.5), [['deleted', null, null]]),
    request('edit', s(8.5), [['reopened', s(3), s(11)]]),
    request(
      'edit',
      s(20.4),
      [
        ['unsure', s(25), null],
        ['unsure too', s(25), null],
      ],
      'maybe',
    ),
    request('create', s(20.45), [['never', s(26), null]], 'maybe'),
    request('rename', s(31), [['future', null, null]]),
    request('delete', s(32), [['over', null, null]]),
  ];
  const faults: InjectedFault[] = [
    { kind: 'kill', target: 'i1', startedMs: s(20.2), healedMs: s(20.8), boundMs: 2500 },
  ];
  const terms: RecordedTerm[] = [
    { epoch: 1, instance: 'i1', startedMs: s(-5), endedMs: s(21.3), endedBy: 'take-over' },
    { epoch: 2, instance: 'i2', startedMs: s(21.3), endedMs: null, endedBy: null },
  ];
  const rows: Row[] = [
    starts('past', s(-100), s(1.705), EDIT),
    ends('past', s(-50), s(1.705), EDIT),
    starts('over', s(2.5), s(2.5)),
    starts('reopened', s(3), s(3.004)),
    starts('calm', s(5), s(5.003)),
    starts('beside', s(5), s(5.003)),
    ends('reopened', s(7), s(7.002)),
    takenBack('reopened', 'completed', 'active', s(8.506)),
    starts('postponed', s(9), s(9.005)),
    ends('calm', s(10), s(10.004)),
    ends('reopened', s(11), s(11.001)),
    starts('nameless', s(12), s(12.002)),
    ends('over', s(13), s(13.009)),
    starts('missed', s(20.5), s(21.35), { ...SWEEP, ...SECOND }),
    ends('missed', s(20.6), s(21.35), { ...SWEEP, ...SECOND }),
    starts('caught', s(21), s(21.351), { ...SWEEP, ...SECOND }),
    starts('unsure', s(25), s(25.004), SECOND),
    starts('unsure too', s(25), s(25.004), SECOND),
    starts('swept', s(30), s(30.001), { ...SWEEP, term: 2, instance: 'i3', actor: 'ann' }),
    ends('postponed', s(35), s(35.003), SECOND),
    ends('caught', s(40), s(40.002), SECOND),
  ];
  const stages: FinalStage[] = [
    { id: 'calm', startMs: s(5), endMs: s(10), status: 'completed', version: 3 },
    { id: 'beside', startMs: s(5), endMs: null, status: 'active', version: 2 },
    { id: 'missed', startMs: s(20.5), endMs: s(20.6), status: 'completed', version: 2 },
    { id: 'caught', startMs: s(21), endMs: s(40), status: 'completed', version: 3 },
    { id: 'future', startMs: s(900), endMs: s(950), status: 'pending', version: 2 },
    { id: 'postponed', startMs: s(9), endMs: s(35), status: 'completed', version: 4 },
    { id: 'reopened', startMs: s(3), endMs: s(11), status: 'completed', version: 5 },
    { id: 'unsure', startMs: s(25), endMs: null, status: 'active', version: 3 },
    { id: 'unsure too', startMs: s(25), endMs: null, status: 'active', version: 3 },
    { id: 'past', startMs: s(-100), endMs: s(-50), status: 'completed', version: 1 },
    { id: 'swept', startMs: s(30), endMs: null, status: 'active', version: 2 },
    { id: 'nameless', startMs: s(12), endMs: null, status: 'active', version: 2 },
  ];
  return {
    ...{ leaseMs: 1000, startedMs: s(0), healedMs: s(20.8), endedMs: s(60) },
    ...{ transitions: numbered(rows), terms, stages, requests, faults, complaints: [] },
  };
}

/** Ids in the order given, and what a row says where nothing else is said: a timer's, in the first term. */
function numbered(rows: readonly Row[]): RecordedTransition[] {
  return rows.map((row, i) => ({
    ...{
      id: String(i + 1),
      from: 'pending',
      to: 'active',
      dueMs: null,
      cause: 'timer',
      instance: 'i1',
      term: 1,
      actor: null,
    },
    ...row,
  }));
}

/** The good run with something done to it. */
export class Doctored {
  readonly history = goodRun();

  row(stageId: string, to: RecordedTransition['to']): RecordedTransition {
    return found(
      this.history.transitions.find((row) => row.stageId === stageId && row.to === to && row.dueMs !== null),
    );
  }

  stage(id: string): FinalStage {
    return found(this.history.stages.find((stage) => stage.id === id));
  }

  request(kind: EditRequest['kind'], id: string): EditRequest {
    return found(this.history.requests.find((r) => r.kind === kind && r.stages.some((stage) => stage.id === id)));
  }

  term(epoch: number): RecordedTerm {
    return found(this.history.terms.find((term) => term.epoch === epoch));
  }

  /** The row with which an edit took the stage back. */
  backwards(stageId: string): RecordedTransition {
    return found(this.history.transitions.find((row) => row.stageId === stageId && row.dueMs === null));
  }

  fault(fault: InjectedFault): void {
    this.history.faults.push(fault);
  }

  ask(asked: EditRequest): void {
    this.history.requests.push(asked);
    this.history.requests.sort((a, b) => a.sentMs - b.sentMs);
  }

  drop(row: RecordedTransition): void {
    this.history.transitions = this.history.transitions.filter((other) => other !== row);
  }

  /** The stage has never been. */
  forget(id: string): void {
    this.history.transitions = this.history.transitions.filter((row) => row.stageId !== id);
    this.history.stages = this.history.stages.filter((stage) => stage.id !== id);
  }

  /** One more row at the place in the record that its time gives it. */
  record(row: Row): void {
    const all: Row[] = [...this.history.transitions];
    const next = all.findIndex(({ occurredMs }) => occurredMs > row.occurredMs);
    all.splice(next < 0 ? all.length : next, 0, row);
    this.history.transitions = numbered(all.map(({ id: _, ...rest }) => rest as Row));
  }
}

function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('The good run has no such thing.');
  return thing;
}
