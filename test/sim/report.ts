import type { Outcome } from './run.ts';
import type { Shape } from './simulation.ts';
import { T0 } from './world.ts';

const MOST = 5;

/** A failed run for people: what is wrong, what happened around it, and how to see it again. */
export function report(shape: Shape, { violations, trace }: Outcome): string {
  const first = violations[0];
  const lines = [`seed ${shape.seed} FAILED: ${JSON.stringify(shape)}`];
  for (const { rule, detail, atMs } of violations.slice(0, MOST)) {
    lines.push(`  ${rule} at ${((atMs - T0) / 1000).toFixed(6)}: ${trace.aliased(detail)}`);
  }
  if (violations.length > MOST) lines.push(`  and ${violations.length - MOST} more`);
  if (first !== undefined) lines.push(...trace.around(first.atMs - T0, 3000, 500));
  lines.push(`replay: npm run sim -- --seed ${shape.seed}`);
  return lines.join('\n');
}
