import type { RedisReport } from '../../leader/redis-probe.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

/** Share of a lease. If a lock takes longer, a renewal may come too late. */
const SLOW_SHARE = 0.1;

/**
 * Takes and releases a lock under a name of its own on each server, as an election does: answering PING is not enough.
 */
export const redis: Check = {
  name: 'redis',
  needs: 'nothing',
  async run({ config }) {
    const { urls } = config.redis;
    const { leaseMs } = config.leader;
    if (urls === null) return ok('redis_unused', 'not used: without REDIS_URL the instance that started last leads');
    // Without Redis its client need not be loaded.
    const [{ readRedisTls }, { probeRedis }] = await Promise.all([
      import('../../redis/connect.ts'),
      import('../../leader/redis-probe.ts'),
    ]);
    const reports = await probeRedis(urls, leaseMs, readRedisTls(config.redis));
    const refused = reports.filter(({ refusal }) => refusal !== null);
    const quorum = Math.floor(reports.length / 2) + 1;
    const isEnough = reports.length - refused.length >= quorum;
    const slowest = Math.max(...reports.map(({ tookMs }) => tookMs));
    if (refused.length > 0) return refused.map((report) => refusalOf(report, isEnough, reports.length));
    const text = `${reports.length} of ${reports.length} give locks, within ${slowest.toFixed(1)} ms`;
    if (slowest <= SLOW_SHARE * leaseMs) return ok('redis_ok', text);
    return warn('redis_slow', text, 'look at its load and at the network, or raise LEADER_LEASE_MS');
  },
};

function refusalOf({ server, refusal }: RedisReport, isEnough: boolean, servers: number): Finding {
  const { cause = '', cure = '', detail = '' } = refusal ?? {};
  const consequence = isEnough
    ? `the others of the ${servers} still decide`
    : 'leadership rests on PostgreSQL alone: bells ring, but it takes three times as long to replace a leader that is paused or cut off';
  return (isEnough ? warn : fail)(
    'redis_refuses',
    `${server}: ${cause}${detail && ` (${detail})`}; ${consequence}`,
    cure,
  );
}
