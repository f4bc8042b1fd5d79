import type { Facts, StageFacts } from '../facts.ts';
import type { EditRequest, Violation, WrittenStage } from '../history.ts';

/** `torn`: of a request over several stages one part certainly took effect, and another certainly did not. */
export function* torn(facts: Facts): Iterable<Violation> {
  for (const request of facts.history.requests) {
    if (request.outcome === 'refused' || request.kind === 'rename' || request.stages.length < 2) continue;
    const named = request.stages.filter(({ id }) => id !== '');
    const done = named.find((stage) => fateOf(facts, request, stage) === 'done');
    const undone = named.find((stage) => fateOf(facts, request, stage) === 'undone');
    if (done === undefined || undone === undefined) continue;
    yield { rule: 'torn', detail: `${request.kind} of ${done.id} took effect, of ${undone.id} it did not` };
  }
}

/** What the end tells of the request's effect on one of its stages. */
function fateOf(facts: Facts, request: EditRequest, { id }: WrittenStage): 'done' | 'undone' | 'unknown' {
  const stage = facts.stages.get(id);
  if (stage === undefined) return 'unknown';
  const deletes = stage.requests.filter(({ kind }) => kind === 'delete');
  if (request.kind === 'create') {
    if (stage.final !== null) return 'done';
    return deletes.length === 0 ? 'undone' : 'unknown';
  }
  if (request.kind === 'delete') {
    if (stage.final !== null) return 'undone';
    return deletes.length === 1 && stage.writes.some(isCertainCreate) ? 'done' : 'unknown';
  }
  return fateOfEdit(facts, request, stage);
}

const isCertainCreate = ({ request }: { request: EditRequest }): boolean =>
  request.kind === 'create' && request.outcome === 'ok';

function fateOfEdit({ latestOf }: Facts, request: EditRequest, stage: StageFacts): ReturnType<typeof fateOf> {
  const { explaining } = stage;
  // Of no last write at all: rules/durable.ts says so.
  if (explaining.length === 0) return 'unknown';
  if (explaining.every((write) => write.request === request)) return 'done';
  // What explains the end came before this request was sent, so this one did nothing.
  const isEarlier = explaining.every((write) => write.request !== request && latestOf(write.request) < request.sentMs);
  return isEarlier ? 'undone' : 'unknown';
}
