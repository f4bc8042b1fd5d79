import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { ConfigError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type RedisAddress, readRedisUrl, serverName } from './address.ts';

export type { Redis };

/** How certificates are checked when the URL begins with rediss. */
export interface RedisTls {
  /** False: encrypted, but any server is trusted. */
  isVerified: boolean;
  /** Certificates of authorities, PEM; null = those that Node knows, and NODE_EXTRA_CA_CERTS. */
  ca: string | null;
}

const VERIFIED: RedisTls = { isVerified: true, ca: null };

/** @throws ConfigError when the file of REDIS_TLS_CA cannot be read or holds no certificate */
export function readRedisTls({ tlsVerify, tlsCa }: { tlsVerify: boolean; tlsCa: string | null }): RedisTls {
  if (tlsCa === null) return { isVerified: tlsVerify, ca: null };
  const fault = (why: string) => new ConfigError([`REDIS_TLS_CA: ${why}; expected a file of certificates in PEM`]);
  let ca: string;
  try {
    ca = readFileSync(tlsCa, 'utf8');
  } catch (error) {
    throw fault(messageOf(error));
  }
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw fault('the file holds no certificate');
  return { isVerified: tlsVerify, ca };
}

/**
 * Clients for locking: a command is answered soon or fails. Nothing is queued while offline, because a queued lock
 * command would be sent, and succeed, long after its caller gave up.
 */
export function connectRedis(urls: readonly string[], leaseMs: number, log: Log, tls: RedisTls = VERIFIED): Redis[] {
  return urls.map(addressOf).map((address) => {
    const { host, port, username, password, db, family, isTls } = address;
    const client = new Redis({
      host,
      port,
      db,
      family,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      enableOfflineQueue: false,
      // The check needs INFO. The answers tell whether Redis is loading, busy or a replica.
      enableReadyCheck: false,
      disableClientInfo: true,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectTimeout: 2000,
      // Several tries fit into a lease even if the server never answers.
      commandTimeout: Math.min(800, leaseMs / 4),
      socketTimeout: 2500,
      // How long a disconnect waits for a dead connection, and keeps the process alive.
      disconnectTimeout: 100,
      keepAlive: 10_000,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 1000),
      ...(isTls ? { tls: { rejectUnauthorized: tls.isVerified, ...(tls.ca === null ? {} : { ca: tls.ca }) } } : {}),
    });
    client.on('error', (error) => {
      log.debug({ event: 'redis', host: serverName(address), error: messageOf(error) });
    });
    return client;
  });
}

/** Requests wait for a counter, so it has no more than this to answer. */
const COUNTER_MS = 50;

/** A client for counting requests, at the first of the servers. It shares nothing with those for locking. */
export function connectCounter(urls: readonly string[], log: Log, tls?: RedisTls): Redis {
  // A quarter of the lease is the time that a command has.
  const [client] = connectRedis(urls.slice(0, 1), 4 * COUNTER_MS, log, tls);
  if (client === undefined) throw new ConfigError(['REDIS_URL: names no server']);
  return client;
}

function addressOf(url: string): RedisAddress {
  const address = readRedisUrl(url);
  if (typeof address === 'string') throw new ConfigError([`REDIS_URL: ${address}`]);
  return address;
}
