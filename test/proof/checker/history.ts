import type { Status } from '../../../src/domain/stage.ts';
import { ms, type RecordedTransition } from '../../support/record.ts';

/**
 * What a run under faults leaves behind: all that the checker may look at. The record, the log of
 * terms and the final rows are read back with SQL; the requests are what the clients saw.
 *
 * All instants are epoch milliseconds by the database's clock (with a fraction where one is known).
 * A client on the database's host may use that host's clock for `sentMs` and `answeredMs`.
 */
export interface History {
  leaseMs: number;
  /** When the workload began, when the last fault was healed, when the rows were read back. */
  startedMs: number;
  healedMs: number;
  endedMs: number;
  /** In order of id. */
  transitions: RecordedTransition[];
  /** In order of epoch. */
  terms: RecordedTerm[];
  /** What `stage` held at the end. */
  stages: FinalStage[];
  /** Every write that a client tried, in order of `sentMs`. */
  requests: EditRequest[];
  faults: InjectedFault[];
  /** What else was noticed that must not be: unhandled rejections, leaked processes, fatal log lines. */
  complaints: string[];
}

export interface RecordedTerm {
  epoch: number;
  instance: string;
  startedMs: number;
  /** null: it is the current one, or its leader was gone and nobody has followed. */
  endedMs: number | null;
  endedBy: 'release' | 'take-over' | null;
}

export interface FinalStage {
  id: string;
  startMs: number | null;
  endMs: number | null;
  status: Status;
  version: number;
}

/** The dates of one stage as a request writes them. */
export interface WrittenStage {
  id: string;
  startMs: number | null;
  endMs: number | null;
}

export interface EditRequest {
  kind: 'create' | 'edit' | 'delete' | 'rename';
  /** How it was sent: through which instance, or plain SQL. */
  via: string;
  sentMs: number;
  /** null: no answer came. */
  answeredMs: number | null;
  /**
   * `ok`: acknowledged, so durable. `refused`: answered that nothing was done. `maybe`: timed out, the
   * connection broke, or a 5xx whose transaction may have committed.
   */
  outcome: 'ok' | 'refused' | 'maybe';
  /**
   * The stages written, with both dates as they are afterwards; for `delete` and `rename` the ids count
   * alone. An edit without an answer must have named both dates. An id that its client never learned
   * (a create through the API without an answer) is ''.
   */
  stages: WrittenStage[];
}

export interface InjectedFault {
  kind: string;
  /** An instance, a server, or `all`. */
  target: string;
  startedMs: number;
  healedMs: number;
  /** How long after `healedMs` a bell that fell into the fault may still be late, by the promise for that fault. */
  boundMs: number;
  /** The leader is dead, and PostgreSQL tells of it: by then another one leads. */
  ledByMs?: number;
  /** Whoever leads goes on, so it is no reason for another term. */
  keepsTerm?: boolean;
  /** What is left of it goes on until `untilMs`, and each bell that is due by then may be so late. */
  meanwhile?: { untilMs: number; lateMs: number };
}

/** What SQL reads back, each in the order in which the history has it. */
export const TERMS = `SELECT epoch::float8 AS epoch, instance, ${ms('started_at')} AS "startedMs", ${ms('ended_at')} AS "endedMs",
  ended_by AS "endedBy" FROM term ORDER BY term.epoch`;
export const STAGES = `SELECT id, name, ${ms('start_date')} AS "startMs", ${ms('end_date')} AS "endMs", status, version FROM stage ORDER BY id`;

/** One promise that the history breaks, with the rows that show it. */
export interface Violation {
  /** Stable and short: `early`, `twice`, `chain`, `lost`, ... */
  rule: string;
  detail: string;
}

/** What was checked, so that a run in which nothing happened is not taken for a good one. */
export interface Verdict {
  violations: Violation[];
  checked: { transitions: number; requests: number; terms: number; stages: number; faults: number };
  /** Lateness of timer and sweep transitions outside of every fault's shade, milliseconds. */
  calm: { count: number; p50: number; p99: number; max: number };
}
