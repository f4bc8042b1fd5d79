import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { networkText } from '../base/networks.ts';
import { VERSION } from '../base/version.ts';
import type { Config } from '../config/schema.ts';
import type { Identity } from '../db/instances/instances.ts';
import { readRedisUrl, serverName } from '../redis/address.ts';

/** What this process tells the others about itself. */
export function identityOf(config: Config): Identity {
  const { instanceName: name, role, leader } = config;
  const { leaseMs } = leader;
  const settings = settingsOf(config);
  return { id: randomUUID(), name, version: VERSION, role, leaseMs, settings, host: hostname(), pid: process.pid };
}

/** What must be the same on all instances, without what this role does not use. */
function settingsOf({ role, leader, timers, redis, security, http, webhooks }: Config): Identity['settings'] {
  return {
    LEADER_LEASE_MS: leader.leaseMs,
    ...(webhooks.allow === null ? {} : { WEBHOOK_ALLOW: webhooks.allow.map(networkText).sort().join(',') }),
    ...(role === 'web'
      ? {}
      : { REDIS_URL: redis.urls === null ? null : serversOf(redis.urls), TIMER_HORIZON: timers.horizon }),
    ...(role === 'clock' || http.basePath === '' ? {} : { BASE_PATH: http.basePath }),
    ...(role === 'clock' || security.apiKeys === null ? {} : { API_KEYS: fingerprint(security.apiKeys.map(keyText)) }),
  };
}

/** Host, port and database: never the user or the password. */
function serversOf(urls: readonly string[]): string {
  const servers = urls.map((url) => {
    const address = readRedisUrl(url);
    if (typeof address === 'string') return '?';
    return `${serverName(address)}${address.db === 0 ? '' : `/${address.db}`}`;
  });
  return servers.sort().join(',');
}

type Keys = NonNullable<Config['security']['apiKeys']>;
const keyText = ({ name, scope, sha256 }: Keys[number]): string => `${name}:${scope}:${sha256.toString('hex')}`;

/** Tells two lists apart and nothing else about them. */
export function fingerprint(texts: readonly string[]): string {
  return createHash('sha256').update(texts.toSorted().join('\n')).digest('hex').slice(0, 12);
}
