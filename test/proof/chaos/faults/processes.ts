import type { Instance } from '../instance.ts';
import { AT_ONCE_MS, silentMs, TOLD_MS, takeOverMs } from './bounds.ts';
import type { FaultContext, FaultKind, Injection } from './fault.ts';
import { QUEUE } from './neighbours.ts';

/** Starts it again. A process that starts takes a core for a second, and bells share it. */
export async function startAgain(
  instance: Instance,
  { note }: FaultContext,
  settings: Record<string, string> = {},
): Promise<void> {
  const startedMs = Date.now();
  await instance.start(settings);
  note({ kind: 'start', target: instance.name, startedMs, healedMs: Date.now(), boundMs: AT_ONCE_MS });
}

/** The leader is dead. Where PostgreSQL cannot tell of it, it is noticed as late as by `otherwiseMs`. */
export const killed = ({ isQuiet }: FaultContext, otherwiseMs: number): Pick<Injection, 'boundMs' | 'ledWithinMs'> =>
  isQuiet ? { boundMs: TOLD_MS, ledWithinMs: TOLD_MS } : { boundMs: otherwiseMs };

/** It says so, and goes; what fails of that is noticed when its lock ends. */
const stopped = (_: FaultContext, otherwiseMs: number): Pick<Injection, 'boundMs'> => ({ boundMs: otherwiseMs });

const down = (
  name: string,
  whom: 'leader' | 'follower',
  how: (instance: Instance) => Promise<void>,
  promise: typeof killed,
): FaultKind => ({
  name,
  leases: [0.5, 3],
  async inject(context) {
    const { claims, random, world } = context;
    const instance = await claims[whom](random);
    if (instance === null) return null;
    await how(instance);
    return {
      target: instance.name,
      // A follower may have become the leader in the moment before.
      ...promise(context, takeOverMs(world.leaseMs)),
      mendsItself: true,
      async heal() {
        await startAgain(instance, context);
        claims.release(instance.name);
      },
    };
  },
});

const pause = (name: string, whom: 'leader' | 'follower'): FaultKind => ({
  name,
  leases: [3.2, 5],
  async inject({ claims, random, world, durationMs }) {
    const instance = await claims[whom](random);
    if (instance === null) return null;
    const { process } = instance;
    process.pause();
    return {
      target: instance.name,
      boundMs: silentMs(world.leaseMs, durationMs),
      mendsItself: true,
      async heal() {
        process.resume();
        claims.release(instance.name);
      },
    };
  },
});

const stall: FaultKind = {
  name: 'leader stalled',
  leases: [2, 2],
  async inject({ claims, random, world }) {
    const instance = await claims.leader(random);
    if (instance === null) return null;
    instance.stall();
    return {
      target: instance.name,
      boundMs: silentMs(world.leaseMs, world.stallMs),
      mendsItself: true,
      async heal() {
        claims.release(instance.name);
      },
    };
  },
};

/** A deployment: the new process is there before the old one is told to go. */
const overlap: FaultKind = {
  name: 'deploy overlap',
  leases: [0.5, 2],
  async inject(context) {
    const { claims, random, world } = context;
    const instance = await claims.leader(random);
    if (instance === null) return null;
    const old = instance.process;
    await startAgain(instance, context);
    return {
      target: instance.name,
      get boundMs() {
        return claims.has(QUEUE) ? takeOverMs(world.leaseMs) : AT_ONCE_MS;
      },
      mendsItself: false,
      async heal() {
        await instance.stopTwice(old);
        claims.release(instance.name);
      },
    };
  },
};

export const processFaults: readonly FaultKind[] = [
  down('leader killed', 'leader', (instance) => instance.kill(), killed),
  down('follower killed', 'follower', (instance) => instance.kill(), killed),
  down('leader stopped', 'leader', (instance) => instance.stopTwice(), stopped),
  down('follower stopped', 'follower', (instance) => instance.stopTwice(), stopped),
  pause('leader paused', 'leader'),
  pause('follower paused', 'follower'),
  stall,
  overlap,
];
