import fc from 'fast-check';
import type { Edit, Planned } from '../sim/edit.ts';
import type { Fault } from '../sim/fault.ts';
import type { Program, Step } from '../sim/program.ts';

/** Small numbers and round instants, so that things fall together, and what is left of them is easy to read. */
const stage = fc.nat({ max: 9 });
const inMs = fc.oneof(
  fc.constantFrom(-1, 0, 1, 2, 100),
  fc.integer({ min: -8, max: 24 }).map((n) => n * 125),
);
const lengthMs = fc.option(
  fc.oneof(
    fc.constantFrom(1, 2),
    fc.integer({ min: 1, max: 16 }).map((n) => n * 125),
  ),
);
const plan: fc.Arbitrary<Planned> = fc.record({ inMs: fc.option(inMs, { freq: 9 }), lengthMs });
const byMs = fc.integer({ min: -16, max: 24 }).map((n) => n * 125);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('create'), stages: fc.array(plan, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift'), stage, byMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('start', 'end'), stage, inMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bulk'), byMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('activate', 'complete', 'open', 'unplan', 'delete', 'rename', 'status'),
      stage,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reconcile' as const }) },
);

const target = fc.constant('leader' as const);
const forMs = fc.integer({ min: 1, max: 30 }).map((n) => n * 100);
const calls = fc.integer({ min: 1, max: 8 });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constantFrom('crash', 'pause', 'suspend'), target, forMs }),
  fc.record({ kind: fc.constant('crash-at-call'), target, calls, when: fc.constantFrom('before', 'after'), forMs }),
  fc.record({ kind: fc.constant('hand-over'), target, isSuccessorFirst: fc.boolean(), forMs: fc.constant(100) }),
  fc.record({ kind: fc.constant('database-down'), forMs }),
);

/** A client may lose the answer, and an instance die, before the commit or after it. */
const disturbance = fc.option(fc.constantFrom('error-before', 'error-after', 'crash-before', 'crash-after'), {
  freq: 20,
});
const request = fc.record({ edit, via: fc.oneof(fc.constant('sql' as const), fc.nat({ max: 1 })), fault: disturbance });

/** What happens next, after so long. */
const move = fc.record({
  gapMs: fc.oneof(
    fc.constantFrom(0, 1, 5),
    fc.integer({ min: 1, max: 12 }).map((n) => n * 125),
  ),
  what: fc.oneof(
    { weight: 8, arbitrary: request.map((r) => ({ request: r })) },
    { weight: 1, arbitrary: fault.map((f) => ({ fault: f })) },
  ),
});

/** Any program of edits, time that passes, crashes and hand-overs, on two instances. */
export const program: fc.Arbitrary<Program> = fc
  .record({ seed: fc.nat({ max: 1000 }), moves: fc.array(move, { minLength: 1, maxLength: 30 }) })
  .map(({ seed, moves }) => {
    let afterMs = 1500;
    const steps: Step[] = moves.map(({ gapMs, what }) => {
      afterMs += gapMs;
      return { afterMs, ...what };
    });
    const shape = { seed, leaseMs: 1000, instances: 2, hasWeb: false, redis: 1, horizon: 5, batch: 3 };
    return { shape, steps, healAfterMs: afterMs + 500 };
  });
