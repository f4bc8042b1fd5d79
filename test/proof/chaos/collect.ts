import { ms, type RecordedTransition, transitionsWhere } from '../../support/record.ts';
import {
  type EditRequest,
  type FinalStage,
  type History,
  type RecordedTerm,
  STAGES,
  TERMS,
} from '../checker/history.ts';
import { type ReplayedChange, type Row, replay } from '../checker/replay.ts';
import type { Admin } from './admin.ts';
import type { LoggedRequest } from './workload/workload.ts';

type Collected = Pick<History, 'transitions' | 'terms' | 'stages' | 'requests' | 'endedMs'>;

/** Reads back what is there, in one statement, so that all of it is of one moment. */
export async function collect(admin: Admin, requests: readonly LoggedRequest[]): Promise<Collected> {
  const [row] = await admin.sql<{
    now: number;
    transitions: RecordedTransition[] | null;
    terms: RecordedTerm[] | null;
    stages: (FinalStage & { name: string })[] | null;
  }>(
    `SELECT ${ms('statement_timestamp()')} AS now,
      (SELECT json_agg(t) FROM (${transitionsWhere('true')}) AS t) AS transitions,
      (SELECT json_agg(t) FROM (${TERMS}) AS t) AS terms,
      (SELECT json_agg(s) FROM (${STAGES}) AS s) AS stages`,
  );
  if (row === undefined) throw new Error('Nothing was read back.');
  const { now, transitions, terms, stages } = row;
  const idOf = new Map((stages ?? []).map(({ id, name }) => [name, id]));
  return {
    transitions: transitions ?? [],
    terms: terms ?? [],
    stages: (stages ?? []).map(({ name: _, ...stage }) => stage),
    requests: requests.map((request) => withIds(request, idOf)),
    endedMs: now,
  };
}

const CHANGES = `SELECT coalesce(stage_id, assignment_id) AS id, was, became, number
  FROM change LEFT JOIN change_commit USING (statement) ORDER BY number, n`;
const ROWS = 'SELECT to_jsonb(stage) AS row FROM stage UNION ALL SELECT to_jsonb(assignment) FROM assignment';

/** What is wrong with the record of edits, in words: it must lead to the rows that are there. */
export async function brokenEdits(admin: Admin): Promise<string[]> {
  const changes = await admin.sql<ReplayedChange & { number: string | null }>(CHANGES);
  const rows = await admin.sql<{ row: Row }>(ROWS);
  const lost = changes.filter(({ number }) => number === null).map(({ id }) => `a change of ${id} has no place`);
  const broken = replay(
    changes,
    rows.map(({ row }) => row),
  );
  return [...lost, ...broken].map((fault) => `record of edits: ${fault}`);
}

/** A create without an answer told no ids. If it took effect, its stages are there under their names. */
function withIds({ names, ...request }: LoggedRequest, idOf: ReadonlyMap<string, string>): EditRequest {
  if (request.kind !== 'create' || request.outcome !== 'maybe') return request;
  return {
    ...request,
    stages: request.stages.map((stage, i) => ({ ...stage, id: stage.id || (idOf.get(names[i] ?? '') ?? '') })),
  };
}
