import { CLOCK_STEP_MS } from './bounds.ts';
import type { FaultContext, FaultKind } from './fault.ts';

/** The wall clock of the leader's host jumps, and jumps back. */
const step = (name: string, direction: 1 | -1): FaultKind => ({
  name,
  leases: [2, 5],
  needs: { what: 'libfaketime', isThere: ({ instances }) => instances.every(({ clock }) => clock !== null) },
  async inject({ world, claims, random, note }: FaultContext) {
    const instance = await claims.leader(random);
    if (instance === null) return null;
    const stepMs = direction * random.pick([300, 2 * world.leaseMs, 30_000, 3_600_000]);
    instance.clock?.set(stepMs);
    return {
      target: instance.name,
      boundMs: CLOCK_STEP_MS,
      mendsItself: true,
      async heal() {
        instance.clock?.set(0);
        const nowMs = Date.now();
        const kind = 'clock set right';
        note({ kind, target: instance.name, startedMs: nowMs, healedMs: nowMs, boundMs: CLOCK_STEP_MS });
        claims.release(instance.name);
      },
    };
  },
});

export const clockFaults: readonly FaultKind[] = [step('clock forward', 1), step('clock back', -1)];
