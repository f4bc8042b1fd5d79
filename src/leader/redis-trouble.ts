import type { Trouble } from '../base/health.ts';
import { type LockRefusal, lockRefusalOf } from '../redis/lock-refusal.ts';

/** What to say when no quorum of servers gives locks. */
export function quorumLost(errors: readonly (Error | null)[], servers: number): Trouble {
  const { causes, cures, detail } = together(errors);
  const share = servers === 1 ? '' : ` (${causes.size === 1 ? countOf(errors) : 'some'} of ${servers} servers)`;
  return {
    cause: `${[...causes].join('; ')}${share}: leadership rests on PostgreSQL alone`,
    cure: `${[...cures].join('; ')}; stagebell doctor names the server`,
    detail,
  };
}

/** What to say when a server is out and the others are still a quorum; null when none is out. */
export function serversOut(errors: readonly (Error | null)[], servers: number): Trouble | null {
  if (countOf(errors) === 0) return null;
  const { causes, cures, detail } = together(errors);
  return {
    cause: `${countOf(errors)} of ${servers} Redis servers is out, and the others still decide: ${[...causes].join('; ')}`,
    cure: `${[...cures].join('; ')}; stagebell doctor names the server`,
    detail,
  };
}

const countOf = (errors: readonly (Error | null)[]): number => errors.filter((error) => error !== null).length;

function together(errors: readonly (Error | null)[]) {
  const causes = new Set<string>();
  const cures = new Set<string>();
  const details: string[] = [];
  for (const [i, error] of errors.entries()) {
    if (error === null) continue;
    const { cause, cure, detail }: LockRefusal = lockRefusalOf(error);
    causes.add(cause);
    cures.add(cure);
    details.push(`server ${i + 1}: ${detail}`);
  }
  return { causes, cures, detail: details.join('; ') };
}
