import { ms, type RecordedTransition, transitionsWhere } from '../../support/record.ts';
import {
  type EditRequest,
  type FinalStage,
  type History,
  type RecordedTerm,
  STAGES,
  TERMS,
} from '../checker/history.ts';
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

/** A create without an answer told no ids. If it took effect, its stages are there under their names. */
function withIds({ names, ...request }: LoggedRequest, idOf: ReadonlyMap<string, string>): EditRequest {
  if (request.kind !== 'create' || request.outcome !== 'maybe') return request;
  return {
    ...request,
    stages: request.stages.map((stage, i) => ({ ...stage, id: stage.id || (idOf.get(names[i] ?? '') ?? '') })),
  };
}
