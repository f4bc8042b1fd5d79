import type { Facts } from '../facts.ts';
import type { Violation } from '../history.ts';
import { at } from '../say.ts';

/**
 * What was acknowledged stays; what was not may have happened or not. `vanished`: a created stage is
 * gone and nobody deleted it. `undeleted`: a deleted one is there. `undone`: its dates are those of no
 * request that can have been the last. `stray`: a stage that nobody created.
 */
export function* durable(facts: Facts): Iterable<Violation> {
  const nameless = namelessDates(facts);
  for (const stage of facts.stages.values()) {
    const { id, final, requests } = stage;
    const creates = requests.filter(({ kind }) => kind === 'create');
    const deletes = requests.filter(({ kind }) => kind === 'delete');
    if (creates.length === 0) {
      // Its client never learned the id, so that nobody can have edited it, or deleted it.
      if (final === null && nameless.size > 0) yield { rule: 'vanished', detail: `${id} was there, and is gone` };
      else if (final === null || !nameless.has(key(final)))
        yield { rule: 'stray', detail: `${id} was created by nobody` };
    } else if (final === null) {
      if (creates.some(({ outcome }) => outcome === 'ok') && deletes.length === 0) {
        yield { rule: 'vanished', detail: `${id} was created and never deleted, and is gone` };
      }
    } else if (deletes.some(({ outcome }) => outcome === 'ok')) {
      yield { rule: 'undeleted', detail: `${id} was deleted, and is there` };
    } else if (stage.explaining.length === 0 && requests.length > 1) {
      // Of a stage that nobody asked anything of since, rules/untouched.ts says so.
      yield { rule: 'undone', detail: `${id} ends with ${at(final.startMs)} to ${at(final.endMs)}: of no last edit` };
    }
  }
}

const key = ({ startMs, endMs }: { startMs: number | null; endMs: number | null }): string => `${startMs} ${endMs}`;

/** The dates of stages that may exist under an id which their client was never told. */
function namelessDates({ history }: Facts): Set<string> {
  const dates = new Set<string>();
  for (const { kind, outcome, stages } of history.requests) {
    if (kind !== 'create' || outcome !== 'maybe') continue;
    for (const stage of stages) if (stage.id === '') dates.add(key(stage));
  }
  return dates;
}
