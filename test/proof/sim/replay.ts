import type { StageDates, Status } from '../../../src/domain/stage.ts';
import type { RecordedTransition } from '../../support/record.ts';
import type { RecordedCrossing } from '../model/stage-model.ts';
import type { Noted } from './journal.ts';

/** What a rule of the promise says about a run that breaks it. */
export interface Violation {
  rule: string;
  detail: string;
  /** True time, milliseconds; where the trace is to be looked at. */
  atMs: number;
}

interface Row extends StageDates {
  status: Status;
  /** The status behind the last transition on the record. */
  recorded: Status;
}

/** A microsecond, which a float of this size may miss by. */
const EPSILON_MS = 0.002;

/**
 * Plays the journal, which knows the exact order of commits, against the promise: whatever a transition
 * claims must be so at its place in that order.
 */
export class Replay {
  readonly violations: Violation[] = [];
  readonly records = new Map<string, RecordedCrossing[]>();
  readonly #rows = new Map<string, Row>();
  readonly #touched = new Set<string>();
  readonly #byHand: string;
  #leader: { epoch: number; instance: string | null } = { epoch: 0, instance: null };
  #aheadMs = 0;

  /** @param byHand the actor of sweeps by hand, which go under whichever term is current */
  constructor(journal: readonly Noted[], byHand: string) {
    this.#byHand = byHand;
    let tx = '';
    for (const noted of journal) {
      if (noted.tx !== tx) this.#committed(noted);
      tx = noted.tx;
      this.#play(noted);
    }
    const last = journal.at(-1);
    if (last !== undefined) this.#committed(last);
  }

  #play(noted: Noted): void {
    const trueMs = noted.at - this.#aheadMs;
    switch (noted.kind) {
      case 'clock':
        this.#aheadMs = noted.row.aheadMs;
        break;
      case 'leadership':
        if (noted.row.epoch < this.#leader.epoch)
          this.#break('terms', `term ${noted.row.epoch} comes after a later one`, trueMs);
        this.#leader = noted.row;
        break;
      case 'deleted':
        this.#rows.delete(noted.row.id);
        break;
      case 'stage': {
        const { id, startMs, endMs, status } = noted.row;
        const before = this.#rows.get(id);
        this.#rows.set(id, { startMs, endMs, status, recorded: before?.recorded ?? 'pending' });
        this.#touched.add(id);
        break;
      }
      case 'transition':
        this.#transition(noted.row, noted.at, trueMs);
    }
  }

  #transition(row: RecordedTransition, at: number, trueMs: number): void {
    const { id, stageId, from, to, dueMs, occurredMs, cause } = row;
    const says = `transition ${id} of ${stageId}, ${from} > ${to} due ${dueMs} by ${cause} of ${row.instance} in term ${row.term}`;
    if (dueMs !== null && at < dueMs - EPSILON_MS) this.#break('early', `${says} was written at ${at}`, trueMs);
    if (Math.abs(occurredMs - at) > 1 && occurredMs !== dueMs)
      this.#break('early', `${says} claims ${occurredMs} at ${at}`, trueMs);
    const stage = this.#rows.get(stageId);
    if (stage === undefined) {
      this.#break('deleted', `${says} has no stage`, trueMs);
      return;
    }
    if (from !== stage.recorded) this.#break('chain', `${says} follows ${stage.recorded}`, trueMs);
    stage.recorded = to;
    this.#touched.add(stageId);
    const record = this.records.get(stageId) ?? [];
    this.records.set(stageId, [...record, { from, to, dueMs, occurredMs }]);
    if (dueMs !== null) {
      const date = to === 'active' ? stage.startMs : stage.endMs;
      if (date !== dueMs) this.#break('edit wins', `${says}, but its date is ${date}`, trueMs);
    }
    if (cause !== 'edit') this.#fence(row, says, trueMs);
  }

  /** At this very place in the order of commits the term was current, and was the instance's. */
  #fence(row: RecordedTransition, says: string, trueMs: number): void {
    const { epoch, instance } = this.#leader;
    if (row.term !== epoch) this.#break('fence', `${says}, but the term is ${epoch}`, trueMs);
    if (row.actor !== this.#byHand && row.instance !== instance)
      this.#break('fence', `${says}, but ${instance} leads`, trueMs);
  }

  /** At the end of each transaction, rows and record say the same. */
  #committed({ at }: Noted): void {
    for (const id of this.#touched) {
      const stage = this.#rows.get(id);
      if (stage !== undefined && stage.status !== stage.recorded) {
        this.#break('record', `stage ${id} is ${stage.status}, its record says ${stage.recorded}`, at - this.#aheadMs);
      }
    }
    this.#touched.clear();
  }

  #break(rule: string, detail: string, atMs: number): void {
    this.violations.push({ rule, detail, atMs });
  }
}
