import type { Status } from '../../src/domain/stage.ts';
import { fault } from '../model/stage-model.ts';
import type { Noted } from './journal.ts';
import type { Trouble } from './nemesis.ts';
import { boundMs, type Program } from './program.ts';
import { type Bell, Replay, type Violation } from './replay.ts';
import type { KnownStage } from './workload.ts';
import { T0 } from './world.ts';

export interface FinalRow {
  id: string;
  startMs: number | null;
  endMs: number | null;
  status: Status;
  effective: Status;
}

export interface LoggedTerm {
  epoch: number;
  instance: string;
  startedMs: number;
  endedMs: number | null;
  endedBy: 'release' | 'take-over' | null;
}

/** What a run has left behind. */
export interface Findings {
  program: Program;
  /** True time. */
  healedMs: number;
  endedMs: number;
  /** The database's clock at the end. */
  clockMs: number;
  journal: Noted[];
  stages: FinalRow[];
  terms: LoggedTerm[];
  known: readonly KnownStage[];
  troubles: readonly Trouble[];
  byHand: string;
}

/** On a calm day: an edit is heard, read and armed, or a bell rung, within a few ways through the network. */
const CALM_MS = 15;
/** Everybody starts at once, and the first leader has to be found. */
const START_MS = 1000;

export function judge(findings: Findings): { violations: Violation[]; counts: { transitions: number; bells: number; terms: number } } {
  const replay = new Replay(findings.journal, findings.byHand);
  const violations = [...replay.violations];
  const notice = (rule: string, detail: string, atMs: number): void => {
    violations.push({ rule, detail, atMs });
  };
  const isTroubled = shade(findings);
  for (const bell of replay.bells) late(bell, isTroubled, notice);
  durable(findings, notice);
  termLog(findings, notice);
  if (!findings.program.steps.some(stepsDatabase)) modelled(findings, replay, isTroubled, notice);
  const transitions = [...replay.records.values()].reduce((sum, record) => sum + record.length, 0);
  return { violations, counts: { transitions, bells: replay.bells.length, terms: findings.terms.length } };
}

type Notice = (rule: string, detail: string, atMs: number) => void;

/** Whether between two moments (true time) something was wrong, or had not yet recovered. */
function shade({ program, troubles, healedMs }: Findings): (fromMs: number, toMs: number) => boolean {
  const { leaseMs } = program.shape;
  const shades = troubles.map(({ kind, fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, healedMs) + boundMs(kind, leaseMs) }));
  shades.push({ fromMs: T0, toMs: T0 + START_MS });
  return (fromMs, toMs) => shades.some((shaded) => fromMs <= shaded.toMs && toMs >= shaded.fromMs);
}

function late({ stageId, dueMs, fromMs, atMs }: Bell, isTroubled: ReturnType<typeof shade>, notice: Notice): void {
  const lateMs = atMs - fromMs;
  if (lateMs > CALM_MS && !isTroubled(fromMs, atMs)) {
    notice('late', `stage ${stageId}, due ${dueMs}: ${lateMs.toFixed(3)} ms late on a calm day`, fromMs);
  }
}

/** What has committed is there, and nothing else: dates are those of the last write. */
function durable({ known, stages, endedMs }: Findings, notice: Notice): void {
  const rows = new Map(stages.map((row) => [row.id, row]));
  for (const { id, dates } of known) {
    const row = rows.get(id);
    rows.delete(id);
    if (dates === null ? row !== undefined : row === undefined) {
      notice('durable', `stage ${id} ${dates === null ? 'was deleted and is there' : 'is not there'}`, endedMs);
    } else if (dates !== null && (row?.startMs !== dates.startMs || row.endMs !== dates.endMs)) {
      notice('durable', `stage ${id} has ${row?.startMs}, ${row?.endMs} and not ${dates.startMs}, ${dates.endMs}`, endedMs);
    }
  }
  for (const id of rows.keys()) notice('durable', `nobody wrote stage ${id}`, endedMs);
}

/** One row for each epoch; all but the last have ended, each before the next one began. */
function termLog({ terms, endedMs }: Findings, notice: Notice): void {
  for (const [i, { epoch, endedMs: ended, endedBy }] of terms.entries()) {
    if (epoch !== i + 1) notice('terms', `the log of terms has ${epoch} where ${i + 1} belongs`, endedMs);
    if (i < terms.length - 1 && (ended === null || endedBy === null)) notice('terms', `term ${epoch} has not ended`, endedMs);
    if (i === terms.length - 1 && ended !== null) notice('terms', `the last term, ${epoch}, has ended`, endedMs);
  }
}

const stepsDatabase = (step: Program['steps'][number]): boolean =>
  'fault' in step && (step.fault.kind === 'step-database' || step.fault.kind === 'step-both');

/** The record of each stage is one that the pure model allows. */
function modelled({ known, clockMs }: Findings, replay: Replay, isTroubled: ReturnType<typeof shade>, notice: Notice): void {
  // The database's clock is true where it never stepped.
  const mayWait = (dueMs: number, untilMs: number): boolean => untilMs - dueMs < CALM_MS || isTroubled(dueMs, untilMs);
  for (const { id, dates, writes } of known) {
    const record = replay.records.get(id) ?? [];
    // A stage that was deleted: its record may end anywhere.
    const wrong = fault(writes, record, clockMs, dates === null ? () => true : mayWait);
    if (wrong !== null) notice('model', `stage ${id}: ${wrong}`, clockMs);
  }
}
