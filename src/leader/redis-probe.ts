import { systemClock, withTimeout } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { readRedisUrl, serverName } from '../redis/address.ts';
import { connectRedis, type RedisTls } from '../redis/connect.ts';
import { type LockRefusal, lockRefusalOf } from '../redis/lock-refusal.ts';
import { Ballot } from './ballot.ts';
import { probe } from './probe.ts';

export interface RedisReport {
  /** Host and port. */
  server: string;
  /** null: it gives locks. */
  refusal: LockRefusal | null;
  tookMs: number;
}

const CONNECT_MS = 3000;

/** For doctor: takes and releases a lock on each server, under a name of its own. Never rejects because of a server. */
export async function probeRedis(urls: readonly string[], leaseMs: number, tls: RedisTls): Promise<RedisReport[]> {
  const ballots = connectRedis(urls, leaseMs, silentLog, tls).map((client) => new Ballot(client));
  const name = `stagebell:probe:${process.pid}:${Math.round(systemClock.wallMs())}`;
  try {
    return await Promise.all(
      ballots.map(async (ballot, i) => {
        const address = readRedisUrl(urls[i] ?? '');
        const server = typeof address === 'string' ? `server ${i + 1}` : serverName(address);
        await connected(ballot);
        const startedMs = systemClock.monoMs();
        const error = ballot.notConnected ?? (await probe(ballot, name));
        const refusal = error === null ? null : lockRefusalOf(error);
        return { server, refusal, tookMs: systemClock.monoMs() - startedMs };
      }),
    );
  } finally {
    for (const { client } of ballots) client.disconnect();
  }
}

/** Resolves when it is connected, or has failed to. */
async function connected({ client }: Ballot): Promise<void> {
  if (client.status === 'ready') return;
  const settled = new Promise<void>((resolve) => client.once('ready', resolve).once('close', resolve));
  await withTimeout(systemClock, settled, CONNECT_MS, () => new Error('timeout')).catch(() => {});
}
