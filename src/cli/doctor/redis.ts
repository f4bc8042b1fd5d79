import type { RedisReport } from '../../leader/redis-probe.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

/** Of a lease; slower than this and a renewal may come too late. */
const SLOW_SHARE = 0.1;

/** Takes and releases a lock of its own name on each server, as an election does: to answer PING is not enough. */
export const redis: Check = {
  name: 'redis',
  needs: 'nothing',
  async run({ config }) {
    const { urls } = config.redis;
    const { leaseMs } = config.leader;
    if (urls === null) return ok('redis_unused', 'not used: without REDIS_URL whoever starts last leads');
    // A look without Redis need not load its client.
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
    const text = `${reports.length} of ${reports.length} give locks, after ${slowest.toFixed(1)} ms at most`;
    if (slowest <= SLOW_SHARE * leaseMs) return ok('redis_ok', text);
    return warn('redis_slow', text, 'look at its load and at the network, or raise LEADER_LEASE_MS');
  },
};

function refusalOf({ server, refusal }: RedisReport, isEnough: boolean, servers: number): Finding {
  const { cause = '', cure = '', detail = '' } = refusal ?? {};
  const consequence = isEnough
    ? `the others of ${servers} still decide`
    : 'leadership rests on PostgreSQL alone: bells ring, and a leader that is paused or cut off is replaced three times as late';
  return (isEnough ? warn : fail)(
    'redis_refuses',
    `${server}: ${cause}${detail && ` (${detail})`}; ${consequence}`,
    cure,
  );
}
