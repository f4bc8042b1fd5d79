import Redlock from 'redlock';
import { systemClock, withTimeout } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { readRedisUrl, serverName } from '../base/redis-url.ts';
import { Ballot } from './ballot.ts';
import { connectRedis, type RedisTls } from './redis.ts';
import { type Refusal, refusalOf } from './redis-refusal.ts';

/** The probe's lock ends by itself where it cannot be released. */
const PROBE_MS = 1000;

/**
 * Takes and releases a lock named `name` on one server, as an election does: what answers PING may
 * still refuse this.
 * @returns why not; null when it works
 */
export async function probe(ballot: Ballot, name: string): Promise<Error | null> {
  const redlock = new Redlock([ballot] as never, { retryCount: 0 });
  ballot.begin();
  const lock = await Promise.resolve(redlock.lock(name, PROBE_MS)).catch(() => null);
  // Taken too late for redlock's reckoning, or by somebody else's probe: that is no refusal.
  if (lock === null) return ballot.vote instanceof Error ? ballot.vote : null;
  try {
    await ballot.client.pttl(name);
    ballot.begin();
    await Promise.resolve(lock.unlock()).catch(() => {});
    if (ballot.vote instanceof Error) return ballot.vote;
    // Redlock's script does not say when DEL was refused.
    if ((await ballot.client.get(name)) !== lock.value) return null;
    return new Error('NOPERM the lock cannot be released: DEL is refused');
  } catch (error) {
    return error as Error;
  }
}

export interface RedisReport {
  /** Host and port. */
  server: string;
  /** null: it gives locks. */
  refusal: Refusal | null;
  tookMs: number;
}

const CONNECT_MS = 3000;

/** For doctor: connects to each server and takes and releases a lock of its own name there. Never rejects for a server. */
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
        const refusal = error === null ? null : refusalOf(error);
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
