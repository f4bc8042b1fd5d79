import type { Log } from '../base/log.ts';
import { isLoopback } from '../base/loopback.ts';
import { VERSION } from '../base/version.ts';
import type { Config } from '../config/schema.ts';
import { targetOf } from './target.ts';

/** The first lines of the log: the release, the database, and a warning if anybody may call the service. */
export function introduce(config: Config, log: Log): void {
  const { role, leader, http, security, redis } = config;
  const database = targetOf(config);
  const elected = redis.urls === null ? 'solo' : `${redis.urls.length} Redis`;
  log.info(
    {
      event: 'starting',
      version: VERSION,
      node: process.versions.node,
      role,
      database,
      lease_ms: leader.leaseMs,
      elected,
    },
    `stagebell ${VERSION}, ${database}`,
  );
  if (security.apiKeys !== null || security.auth !== 'none' || isLoopback(http.host)) return;
  log.warn(
    { event: 'open', host: http.host },
    `AUTH=none on ${http.host}: anybody who can reach this port may edit everything. Let only the proxy reach it, or set API_KEYS`,
  );
}
