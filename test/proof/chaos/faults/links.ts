import type { Instance } from '../instance.ts';
import type { Link } from '../links/link.ts';
import { AT_ONCE_MS, cutOffMs, deafMs, takeOverMs } from './bounds.ts';
import type { FaultKind } from './fault.ts';

type Bound = (leaseMs: number) => number;
type Work = (link: Link) => Promise<void> | void;

/** Some links of the instance that leads. */
const ofLeader = (
  name: string,
  leases: FaultKind['leases'],
  bound: Bound,
  linksOf: (instance: Instance) => readonly Link[],
  harm: Work,
  mend: Work,
): FaultKind => ({
  name,
  leases,
  async inject({ world, claims, random }) {
    const instance = await claims.leader(random);
    if (instance === null) return null;
    const links = linksOf(instance);
    await Promise.all(links.map(harm));
    return {
      target: instance.name,
      boundMs: bound(world.leaseMs),
      mendsItself: true,
      async heal() {
        await Promise.all(links.map(mend));
        claims.release(instance.name);
      },
    };
  },
});

const toPostgres = ({ wiring }: Instance): readonly Link[] => [wiring.postgres];
const toRedis = ({ wiring }: Instance): readonly Link[] => wiring.redis;
const speak: Work = (link) => link.speak();

/** As long as a bell takes two round trips more. */
const SLOW_MS = 40;

const slow: FaultKind = {
  name: 'links slow',
  leases: [2, 4],
  async inject({ world, claims, random }) {
    const instance = await claims.leader(random);
    if (instance === null) return null;
    for (const link of instance.wiring.all) link.delay(random.integer(5, SLOW_MS));
    return {
      target: instance.name,
      boundMs: takeOverMs(world.leaseMs),
      mendsItself: false,
      async heal() {
        for (const link of instance.wiring.all) link.delay(0);
        claims.release(instance.name);
      },
    };
  },
};

export const linkFaults: readonly FaultKind[] = [
  ofLeader('postgres half-open', [2, 5], cutOffMs, toPostgres, (link) => link.silence('both'), speak),
  ofLeader('postgres deaf', [2, 5], cutOffMs, toPostgres, (link) => link.silence('up'), speak),
  ofLeader('postgres mute', [2, 5], cutOffMs, toPostgres, (link) => link.silence('down'), speak),
  ofLeader(
    'postgres refuses',
    [0.5, 4],
    cutOffMs,
    toPostgres,
    (link) => link.refuse(),
    (link) => link.open(),
  ),
  ofLeader(
    'postgres cut',
    [0.5, 0.5],
    () => AT_ONCE_MS,
    toPostgres,
    (link) => link.cut(),
    () => {},
  ),
  ofLeader(
    'listen cut',
    [0.5, 0.5],
    () => AT_ONCE_MS,
    toPostgres,
    (link) => link.cut('listen'),
    () => {},
  ),
  ofLeader('listen half-open', [2.5, 4], deafMs, toPostgres, (link) => link.strand('listen'), speak),
  ofLeader('leader without redis', [2, 4], takeOverMs, toRedis, (link) => link.silence('both'), speak),
  slow,
];
