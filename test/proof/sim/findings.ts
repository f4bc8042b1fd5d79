import { type RecordedTransition, transitionsWhere } from '../../support/record.ts';
import { check } from '../checker/check.ts';
import {
  type EditRequest,
  type FinalStage,
  type History,
  type InjectedFault,
  type RecordedTerm,
  STAGES,
  TERMS,
  type Verdict,
} from '../checker/history.ts';
import { boundMs, leaderWithinMs, meanwhileMs, netMs, TOLD_MS } from './bounds.ts';
import type { Clients } from './clients.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';
import { isUndisturbed, type Trouble } from './trouble.ts';
import { T0 } from './world.ts';

/** On a calm day: an edit is heard, read and armed, or a bell rung, within a few ways through the network. */
export const CALM_MS = 15;
/** Everybody starts at once, and the first leader has to be found. */
const START_MS = 1000;

/** Reads what a run has left behind, as the checker of histories takes it. Instants are the database's. */
export async function readHistory(
  leaseMs: number,
  postgres: SimulatedPostgres,
  clients: Clients,
  troubles: readonly Trouble[],
  healedMs: number,
): Promise<History> {
  const kinds = troubles.map(({ kind }) => kind);
  return {
    leaseMs,
    startedMs: T0 + START_MS,
    // The checker asks for a leader a lease and two seconds later.
    healedMs: healedMs + leaderWithinMs(kinds, leaseMs) - leaseMs - 2000,
    endedMs: postgres.clockMs,
    transitions: await postgres.rows<RecordedTransition>(transitionsWhere('true')),
    terms: await postgres.rows<RecordedTerm>(TERMS),
    stages: await postgres.rows<FinalStage>(STAGES),
    requests: clients.log
      .map((request) => blurred(request, postgres.stepped.backMs))
      .sort((a, b) => a.sentMs - b.sentMs),
    faults: [
      ...troubles.flatMap(
        (trouble) => toldOf(trouble, troubles, leaseMs, postgres) ?? injected(trouble, leaseMs, postgres),
      ),
      ...[...postgres.unheard].map((atMs) => unheard(atMs, leaseMs)),
    ],
    complaints: [],
  };
}

/** What the checker of histories says. @param backMs by how much the database's clock stepped back in all */
export function checked(history: History, backMs: number): Verdict {
  return check(history, { calmMs: CALM_MS, maybeMs: 1, stepBackMs: backMs });
}

/** By a clock that steps back nobody can tell which of two requests came first. */
function blurred(request: EditRequest, byMs: number): EditRequest {
  const { sentMs, answeredMs } = request;
  return { ...request, sentMs: sentMs - byMs, answeredMs: answeredMs === null ? null : answeredMs + byMs };
}

/**
 * What PostgreSQL tells of is over in a moment, where nothing else is wrong: a crash, and sessions that somebody ends.
 * null: it is no such fault, or something else is.
 */
function toldOf(
  trouble: Trouble,
  troubles: readonly Trouble[],
  leaseMs: number,
  postgres: SimulatedPostgres,
): InjectedFault[] | null {
  const { kind, fault, target, fromMs, toMs, successors } = trouble;
  const isTold = (kind === 'crash' && successors > 0) || kind === 'session-ended';
  if (!isTold || !isUndisturbed(trouble, troubles, leaseMs)) return null;
  const atMs = postgres.clockAt(fromMs);
  const told = { kind, target, startedMs: atMs, healedMs: atMs, boundMs: TOLD_MS };
  if (fault?.kind === 'session-ended') return [{ ...told, keepsTerm: fault.which === 'alive' }];
  // Its start is as if one more joined.
  return [
    { ...told, ledByMs: atMs + TOLD_MS },
    injected({ ...trouble, kind: 'join', fromMs: toMs }, leaseMs, postgres),
  ];
}

/** By the database's clock, which may have stepped while the fault lasted, or while it was recovered from. */
function injected(trouble: Trouble, leaseMs: number, postgres: SimulatedPostgres): InjectedFault {
  const { kind, fault, target, fromMs, toMs } = trouble;
  const lateMs = fault === null ? null : meanwhileMs(fault);
  if (lateMs !== null) {
    const untilMs = postgres.clockAt(toMs) + lateMs;
    return {
      ...injected({ ...trouble, fault: null, toMs: fromMs }, leaseMs, postgres),
      meanwhile: { untilMs, lateMs },
    };
  }
  // A step is at its moment: it began by the clock that was.
  const began = postgres.clockAt(fromMs - 0.001);
  const ended = postgres.clockAt(toMs);
  const [startedMs, healedMs] = [Math.min(began, ended), Math.max(began, ended)];
  const bound = boundMs(kind, leaseMs);
  return { kind, target, startedMs, healedMs, boundMs: Math.max(bound, postgres.clockAt(toMs + bound) - healedMs) };
}

/** What the leader was not told of may be late whenever it comes: nobody misses one notification among others. */
const unheard = (atMs: number, leaseMs: number): InjectedFault => ({
  kind: 'unheard',
  target: 'leader',
  startedMs: atMs,
  healedMs: atMs,
  boundMs: netMs(leaseMs),
});
