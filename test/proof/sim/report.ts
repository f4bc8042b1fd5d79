import type { Outcome } from './run.ts';
import type { Shape } from './simulation.ts';
import { T0 } from './world.ts';

const MOST = 5;

export const replayOf = (seed: number): string => `npm run sim -- --seed ${seed} --trace`;

/**
 * A failed run for people: what is wrong, what happened around it, and how to see it again.
 * @param replay the command, for a run that a seed stands for
 */
export function report(shape: Shape, { violations, trace }: Outcome, replay?: string): string {
  const first = violations[0];
  const lines = [`seed ${shape.seed} FAILED: ${JSON.stringify(shape)}`];
  for (const { rule, detail, atMs } of violations.slice(0, MOST)) {
    lines.push(`  ${rule} at ${((atMs - T0) / 1000).toFixed(6)}: ${trace.aliased(detail)}`);
  }
  if (violations.length > MOST) lines.push(`  and ${violations.length - MOST} more`);
  if (first !== undefined) lines.push(...trace.around(first.atMs - T0, 3000, 500));
  if (replay !== undefined) lines.push(`replay: ${replay}`);
  return lines.join('\n');
}
