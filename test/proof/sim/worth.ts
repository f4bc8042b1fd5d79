import { durationMs } from './fault.ts';
import { type Program, programOf } from './program.ts';

/**
 * The seeds among many that together show the most: each kind of fault in each kind of deployment, each two that
 * meet, and what follows upon them. So a hundred show as much as five hundred that come as they come.
 */
export function worthiestSeeds(count: number, among: number): number[] {
  const left = new Map<number, Set<string>>();
  for (let seed = 1; seed <= among; seed++) left.set(seed, featuresOf(programOf(seed)));
  const seen = new Set<string>();
  const chosen: number[] = [];
  while (chosen.length < count && left.size > 0) {
    let [best, most] = [0, -1];
    for (const [seed, features] of left) {
      for (const feature of features) if (seen.has(feature)) features.delete(feature);
      if (features.size > most) [best, most] = [seed, features.size];
    }
    for (const feature of left.get(best) ?? []) seen.add(feature);
    left.delete(best);
    chosen.push(best);
  }
  return chosen.sort((a, b) => a - b);
}

/** What there is to be seen in a run. */
export function featuresOf({ shape, steps }: Program): Set<string> {
  const { redis, instances, leaseMs, batch, horizon } = shape;
  const features = new Set<string>();
  const faults = steps.flatMap((step) => ('fault' in step ? [{ afterMs: step.afterMs, fault: step.fault }] : []));
  const requests = steps.flatMap((step) => ('request' in step ? [step.request.edit.kind] : []));
  for (const { afterMs, fault } of faults) {
    features.add(`${fault.kind} ${redis} ${Math.min(instances, 3)}`);
    features.add(`${fault.kind} ${leaseMs} ${batch} ${horizon}`);
    for (const edit of requests) features.add(`${fault.kind} ${edit}`);
    const overMs = afterMs + durationMs(fault) + leaseMs;
    for (const next of faults) {
      const gapMs = next.afterMs - afterMs;
      if (gapMs <= 0 || next.afterMs > overMs) continue;
      features.add(`${fault.kind}, ${gapMs < durationMs(fault) ? 'while it lasts' : 'after it'} ${next.fault.kind}`);
    }
  }
  return features;
}
