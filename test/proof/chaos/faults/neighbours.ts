import type { Arena } from '../arena.ts';
import { AT_ONCE_MS, LOOK_MS, unsaidMs } from './bounds.ts';
import type { FaultContext, FaultKind, Injection } from './fault.ts';

/** While it is full nobody hears that a term is vacant. */
export const QUEUE = 'notify queue full';

/** What a session does that has nothing to do with us, while other things go wrong. */
const beside = (
  name: string,
  leases: FaultKind['leases'],
  begin: (context: FaultContext) => Promise<() => Promise<void>>,
  promise: (world: Arena) => Pick<Injection, 'boundMs' | 'lateMs'>,
): FaultKind => ({
  name,
  leases,
  isBackground: true,
  async inject(context) {
    if (!context.claims.take(name)) return null;
    // The server may be down just now.
    const end = await begin(context).catch(() => null);
    if (end === null) {
      context.claims.release(name);
      return null;
    }
    return {
      target: name,
      ...promise(context.world),
      mendsItself: true,
      async heal() {
        await end();
        context.claims.release(name);
      },
    };
  },
});

export const neighbourFaults: readonly FaultKind[] = [
  beside(
    'old snapshot',
    [5, 40],
    ({ world }) => world.admin.holdSnapshot(),
    () => ({ boundMs: AT_ONCE_MS }),
  ),
  // Nobody hears of an edit: it is looked for.
  beside(
    QUEUE,
    [3, 12],
    ({ world, random }) => world.admin.fillNotifyQueue(random.chance(0.5)),
    ({ leaseMs }) => ({ boundMs: unsaidMs(leaseMs), lateMs: LOOK_MS }),
  ),
];
