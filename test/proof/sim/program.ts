import { Random } from '../random.ts';
import { calmMs } from './bounds.ts';
import type { Request } from './clients.ts';
import type { Edit, Planned } from './edit.ts';
import { durationMs, type Fault, type Target } from './fault.ts';
import type { Shape } from './simulation.ts';

/** One thing that happens, `afterMs` from the start. */
export type Step = { afterMs: number } & ({ request: Request } | { fault: Fault });

/** A whole run: the deployment, what is asked of it, and what is done to it. Data alone, so that it can be shrunk and shown. */
export interface Program {
  shape: Shape;
  /** In order of time. */
  steps: Step[];
  /** When the last fault is healed. */
  healAfterMs: number;
}

/** The run that a seed stands for. */
export function programOf(seed: number): Program {
  const random = new Random(seed, 'program');
  const leaseMs = random.pick([1000, 1000, 1000, 2000, 5000]);
  const redis = random.pick([0, 1, 1, 3, 3]);
  const instances = redis === 0 ? random.integer(1, 2) : random.integer(1, 4);
  const shape: Shape = {
    seed,
    leaseMs,
    instances,
    hasWeb: instances > 2 && random.chance(0.3),
    redis,
    horizon: random.pick([3, 10, 1000, 1000]),
    batch: random.pick([4, 1000]),
  };
  const quietMs = random.between(1500, 5000);
  const troubledMs = random.between(3, 8) * leaseMs + random.between(0, 6000);
  const healAfterMs = quietMs + troubledMs;
  const steps: Step[] = [];
  const kinds: Fault['kind'][] = [];
  const faults = random.integer(1, 7);
  for (let i = 0; i < faults; i++) {
    const fault = someFault(random, shape);
    const afterMs = random.between(quietMs, healAfterMs);
    if (afterMs + durationMs(fault) / 2 > healAfterMs) continue;
    steps.push({ afterMs, fault });
    kinds.push(fault.kind);
  }
  const endMs = healAfterMs + calmMs(kinds, leaseMs) - 3000;
  for (let afterMs = random.between(0, 400); afterMs < endMs; afterMs += random.between(0.002, 0.09) * endMs) {
    steps.push({ afterMs, request: someRequest(random) });
  }
  steps.sort((a, b) => a.afterMs - b.afterMs);
  return { shape, steps, healAfterMs };
}

function someRequest(random: Random): Request {
  const via = random.chance(0.5) ? 'sql' : random.integer(0, 5);
  const fault = random.chance(0.05) ? random.pick(['error-before', 'error-after'] as const) : null;
  return { edit: someEdit(random), via, fault };
}

function someEdit(random: Random): Edit {
  const stage = random.integer(0, 999);
  const luck = random.next();
  if (luck < 0.35)
    return { kind: 'create', stages: Array.from({ length: random.integer(1, 4) }, () => somePlan(random)) };
  if (luck < 0.47) return { kind: 'shift', stage, byMs: random.integer(-3000, 6000) };
  if (luck < 0.59) return { kind: 'start', stage, inMs: random.integer(-500, 5000) };
  if (luck < 0.73) return { kind: 'end', stage, inMs: random.integer(-500, 6000) };
  if (luck < 0.78) return { kind: 'bulk', byMs: random.integer(-2000, 4000) };
  if (luck < 0.8) return { kind: 'reconcile' };
  return { kind: random.pick(['open', 'unplan', 'activate', 'complete', 'delete', 'rename', 'status']), stage };
}

/** Round instants, so that many fall together. */
function somePlan(random: Random): Planned {
  return {
    inMs: random.chance(0.1) ? null : random.integer(-2, 24) * 250 + random.pick([0, 0, 1, 7]),
    lengthMs: random.chance(0.2) ? null : random.pick([1, 2, 250, 1000, 2500, 4000]),
  };
}

function someFault(random: Random, { leaseMs, redis }: Shape): Fault {
  const target: Target = random.chance(0.6) ? 'leader' : random.integer(0, 5);
  const forMs = Math.round(
    random.pick([random.between(5, 200), random.between(0.2, 1.5) * leaseMs, random.between(1, 4) * leaseMs]),
  );
  const server = random.chance(0.4) ? 'all' : random.integer(0, 2);
  const when = random.pick(['before', 'after'] as const);
  const byMs = Math.round(
    random.pick([random.between(-30, 30), random.between(-900, 900), random.between(-90_000, 90_000)]),
  );
  const dbByMs = Math.round(
    random.pick([random.between(-30, 30), random.between(-2000, 2000), random.between(0, 600_000)]),
  );
  const share = random.between(0.1, 1);
  const upToMs = Math.round(random.between(5, 8000));
  const base: (() => Fault)[] = [
    () => ({ kind: 'crash', target, forMs }),
    () => ({ kind: 'crash-at-call', target, calls: random.integer(1, 12), when, forMs }),
    () => ({ kind: 'pause', target, forMs }),
    () => ({ kind: 'pause', target: 'leader', forMs: forMs + leaseMs }),
    () => ({ kind: 'suspend', target, forMs }),
    () => ({ kind: 'step-wall', target, byMs }),
    () => ({ kind: 'step-database', byMs: dbByMs }),
    () => ({ kind: 'step-both', target, byMs: dbByMs }),
    () => ({ kind: 'database-errors', target, when: random.pick(['before', 'after', 'lost']), share, forMs }),
    () => ({ kind: 'database-slow', target, upToMs, forMs }),
    () => ({ kind: 'database-cut', target, forMs }),
    () => ({ kind: 'database-broken', target }),
    () => ({ kind: 'half-open', target, which: random.pick(['ears', 'alive', 'all']) }),
    () => ({ kind: 'session-ended', target, which: random.pick(['alive', 'lead+alive', 'all']) }),
    () => ({ kind: 'database-down', forMs }),
    () => ({ kind: 'notifications-lost', target, share, forMs }),
    () => ({ kind: 'notifications-late', target, upToMs: upToMs / 4, forMs }),
    () => ({ kind: 'queue-full', how: 'full', forMs: forMs + leaseMs }),
    () => ({ kind: 'queue-full', how: 'overflowing', forMs }),
    () => ({ kind: 'few-connections', room: random.integer(0, 27), forMs: forMs + leaseMs }),
    () => ({ kind: 'table-locked', forMs }),
    () => ({ kind: 'old-snapshot', walkMs: Math.round(random.between(20, leaseMs)), forMs: forMs + leaseMs }),
    () => ({ kind: 'hand-over', target, isSuccessorFirst: random.chance(0.5), forMs: Math.min(forMs, 500) }),
    () => ({ kind: 'join' }),
  ];
  const withRedis: (() => Fault)[] = [
    () => ({ kind: 'redis-down', server, forMs }),
    () => ({ kind: 'redis-pause', server, forMs }),
    () => ({ kind: 'redis-flush', server }),
    () => ({ kind: 'redis-script-flush', server }),
    () => ({ kind: 'redis-cut', target, server, forMs }),
    () => ({ kind: 'redis-errors', target, share, forMs }),
    () => ({ kind: 'redis-refuses', server, what: random.pick(['writes', 'scripts']), forMs }),
    () => ({ kind: 'redis-other', target, forMs: forMs + leaseMs }),
  ];
  return random.pick(redis > 0 ? [...base, ...withRedis] : base)();
}
