import { Redis } from 'ioredis';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

/**
 * Clients for locking: a command is answered soon or it failed. Nothing is queued while offline,
 * because a queued lock command would be sent, and succeed, long after its caller gave up.
 */
export function connectRedis(urls: readonly string[], leaseMs: number, log: Log): Redis[] {
  return urls.map((url) => {
    const client = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectTimeout: 2000,
      // Several tries fit into a lease, whatever a silent server does.
      commandTimeout: Math.min(800, leaseMs / 4),
      socketTimeout: 2500,
      // How long a disconnect waits for a connection that is already dead, holding the process.
      disconnectTimeout: 100,
      keepAlive: 10_000,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 1000),
      // Managed Redis (Heroku's among them) presents a chain that no public authority signed.
      ...(url.startsWith('rediss:') ? { tls: { rejectUnauthorized: false } } : {}),
    });
    const host = new URL(url).host;
    client.on('error', (error) => log.debug({ event: 'redis', host, error: messageOf(error) }));
    return client;
  });
}
