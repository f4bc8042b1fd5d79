import { type StageDates, type Status, statusAt } from '../../../src/domain/stage.ts';

/** One write to a stage, once it has committed. */
export interface Written {
  /** By the database's clock, epoch milliseconds. */
  atMs: number;
  dates: StageDates;
}

/** One row that the record ought to have. */
export interface Crossing {
  from: Status;
  to: Status;
  dueMs: number | null;
}

export interface RecordedCrossing extends Crossing {
  occurredMs: number;
}

/**
 * The pure model: what the record of one stage may look like, given the writes that committed and the
 * time of the reading. It knows nothing of instances, timers, terms or faults, and says the same for any
 * of them: between two writes the boundaries that are due are crossed in order, each at or after its
 * instant; a write derives the status anew and records what that changes.
 *
 * What it leaves open is only when: a boundary may be crossed late, and so not before the write that
 * moves it. `mayWait` says which ones might.
 * @returns null where the record is one of those allowed; otherwise what is wrong with it
 */
export function fault(
  writes: readonly Written[],
  record: readonly RecordedCrossing[],
  untilMs: number,
  mayWait: (dueMs: number, untilMs: number) => boolean,
): string | null {
  /** The status to be, for each number of rows of the record that may have been written by then. */
  let paths = new Map<number, Status>([[0, 'pending']]);
  for (const [i, { atMs, dates }] of writes.entries()) {
    paths = after(paths, (status, at) => follow(record, at, derived(status, dates, atMs), atMs - 1));
    const nextMs = writes[i + 1]?.atMs ?? untilMs;
    paths = crossed(paths, record, dates, nextMs, mayWait);
    if (paths.size === 0)
      return `no run of the model writes ${show(record)} for ${JSON.stringify(writes)} by ${untilMs}`;
  }
  return paths.has(record.length)
    ? null
    : `rows that no run of the model writes: ${show(record)} for ${JSON.stringify(writes)}`;
}

/** What a write records: the boundaries crossed by it, or one step back. */
export function derived(was: Status, dates: StageDates, atMs: number): Crossing[] {
  const is = statusAt(dates, atMs);
  const start: Crossing = { from: 'pending', to: 'active', dueMs: dates.startMs };
  const end: Crossing = { from: 'active', to: 'completed', dueMs: dates.endMs };
  if (was === is) return [];
  if (was === 'pending') return is === 'active' ? [start] : [start, end];
  if (was === 'active' && is === 'completed') return [end];
  return [{ from: was, to: is, dueMs: null }];
}

type Paths = Map<number, Status>;

/** All ways in which the boundaries that fall due before the next write may have been crossed by then. */
function crossed(
  paths: Paths,
  record: readonly RecordedCrossing[],
  dates: StageDates,
  untilMs: number,
  mayWait: (dueMs: number, untilMs: number) => boolean,
): Paths {
  const result: Paths = new Map();
  const go = (status: Status, at: number): void => {
    const dueMs = status === 'pending' ? dates.startMs : status === 'active' ? dates.endMs : null;
    const isDue = dueMs !== null && dueMs <= untilMs;
    if (!isDue || mayWait(dueMs, untilMs)) result.set(at, status);
    if (!isDue) return;
    const to = status === 'pending' ? 'active' : 'completed';
    const next = follow(record, at, [{ from: status, to, dueMs }], dueMs);
    if (next !== null) go(to, next.at);
  };
  for (const [at, status] of paths) go(status, at);
  return result;
}

function after(paths: Paths, step: (status: Status, at: number) => { at: number; status: Status } | null): Paths {
  const result: Paths = new Map();
  for (const [at, status] of paths) {
    const next = step(status, at);
    if (next !== null) result.set(next.at, next.status);
  }
  return result;
}

/** Whether the record goes on with these rows, none of them before `notBeforeMs`; then behind them. */
function follow(
  record: readonly RecordedCrossing[],
  at: number,
  rows: readonly Crossing[],
  notBeforeMs: number,
): { at: number; status: Status } | null {
  for (const [i, { from, to, dueMs }] of rows.entries()) {
    const written = record[at + i];
    if (written === undefined || written.from !== from || written.to !== to) return null;
    if (written.dueMs !== dueMs || written.occurredMs < notBeforeMs) return null;
  }
  const last = rows.at(-1);
  return { at: at + rows.length, status: last?.to ?? record[at - 1]?.to ?? 'pending' };
}

const show = (record: readonly RecordedCrossing[]): string =>
  record.map(({ from, to, dueMs, occurredMs }) => `${from}>${to} due ${dueMs} at ${occurredMs}`).join(', ') ||
  'nothing';
