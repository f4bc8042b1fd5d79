import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import { LOG_LEVELS } from '../base/log.ts';
import { type Network, parseNetwork } from '../base/networks.ts';
import { readRedisUrl, serverName } from '../redis/address.ts';
import { apiKeys } from './api-keys.ts';
import { databaseUrlFault } from './database-url.ts';
import { jwt } from './jwt.ts';

/** A whole number, or its text, because environment variables are texts. */
const whole = (min: number, max: number) => {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z
    .union([z.number(), z.string().regex(/^\d+$/, expected).transform(Number)], { error: expected })
    .pipe(z.number().int(expected).min(min, expected).max(max, expected));
};

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'expected true or false',
});

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `expected one of ${values.join(', ')}` });

const databaseUrl = z.string().superRefine((text, context) => {
  const fault = databaseUrlFault(text);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});

const dataDir = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('~'), 'expected a path without ~, which only a shell replaces');

/** An odd number of URLs: with an even number there may be a tie. */
const redisUrls = z.string().transform((text, context) => {
  const urls = text.split(',').map((url) => url.trim());
  const fault = (message: string) => context.addIssue({ code: 'custom', message });
  const servers = new Set<string>();
  for (const [i, url] of urls.entries()) {
    const address = readRedisUrl(url);
    if (typeof address === 'string') fault(`URL ${i + 1}: ${address}`);
    servers.add(typeof address === 'string' ? url : serverName(address).toLowerCase());
  }
  if (urls.length % 2 === 0)
    fault(`expected one URL, or three separated by commas; ${urls.length} cannot form a majority`);
  if (servers.size < urls.length)
    fault('the URLs must name different servers: a quorum of one server with itself protects nothing');
  return urls;
});

/** Host names as in a URL, without the port. */
const hostNames = z.string().transform((text, context) => {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const isName = (name: string): boolean => /^[a-z0-9_.-]{1,253}$/.test(name);
  if (names.every(isName)) return names;
  context.addIssue({ code: 'custom', message: 'expected host names without ports, separated by commas' });
  return z.NEVER;
});

/** `3000/60`: so many requests in so many seconds. */
const rateLimit = z.string().transform((text, context) => {
  const [, requests, seconds] = /^([1-9]\d{0,6})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  if (seconds !== undefined) return { requests: Number(requests), seconds: Number(seconds) };
  context.addIssue({ code: 'custom', message: 'expected requests/seconds, whole numbers, such as 3000/60' });
  return z.NEVER;
});

/** Addresses, or networks as address/bits. */
const networks = z.string().transform((text, context) => {
  const all = text.split(',').map((network) => network.trim());
  const isNetwork = (network: string): boolean => {
    const [address = '', bits = '0', ...rest] = network.split('/');
    const most = [0, 0, 0, 0, 32, 0, 128][isIP(address)] ?? 0;
    return most > 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  };
  if (all.every(isNetwork)) return all;
  context.addIssue({
    code: 'custom',
    message: 'expected addresses or networks such as 10.0.0.0/8, separated by commas',
  });
  return z.NEVER;
});

/** As browsers send them: without a path. */
const origins = z.string().transform((text, context) => {
  const all = text.split(',').map((origin) => origin.trim());
  const isOrigin = (origin: string): boolean =>
    /^https?:\/\/[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
  if (all.every(isOrigin)) return all;
  context.addIssue({
    code: 'custom',
    message:
      'expected origins as browsers send them, such as https://courses.example.org, separated by commas; no path, and no *',
  });
  return z.NEVER;
});

/** The first parts of our own paths: below one of them nobody could tell whose it is. */
const OWN_PATHS = ['v1', 'docs', 'livez', 'readyz', 'metrics', 'openapi.json'];

/** A path that something in front gives the service, without a slash at its end; '' for none. */
const basePath = z.string().transform((text, context): string => {
  const path = text.replace(/\/$/, '');
  const parts = path.split('/').slice(1);
  const fault = (message: string) => context.addIssue({ code: 'custom', message });
  if (path !== '' && !path.startsWith('/')) fault('expected a path that begins with /, such as /bell');
  else if (parts.some((part) => !/^[\w.~-]+$/.test(part) || /^\.+$/.test(part))) {
    fault('expected a path of letters, digits and . _ ~ -, such as /bell');
  } else if (OWN_PATHS.includes(parts[0] ?? '')) fault(`/${parts[0]} is a path of the service itself: choose another`);
  return path;
});

/** What webhooks may reach although it is not public. */
const webhookNetworks = z.string().transform((text, context): Network[] => {
  const all = text.split(',').map((name) => ({ name: name.trim(), network: parseNetwork(name.trim()) }));
  const wrong = all.find(({ network }) => network === null);
  if (wrong === undefined) return all.flatMap(({ network }) => network ?? []);
  context.addIssue({
    code: 'custom',
    message: `'${wrong.name}' is not a network; expected such as 10.0.0.0/8 or fd00::/8 (no bits set behind the prefix), separated by commas`,
  });
  return z.NEVER;
});

/** The shape of config/default.json with the environment applied. Units are in the names. */
export const configSchema = z.strictObject({
  http: z.strictObject({
    port: whole(0, 65_535),
    host: z.string().min(1).nullable(),
    basePath,
    trustedProxies: networks.nullable(),
    rateLimit: rateLimit.nullable(),
  }),
  database: z.strictObject({ url: databaseUrl.nullable(), dataDir, dataSync: flag, poolSize: whole(1, 1000) }),
  redis: z.strictObject({ urls: redisUrls.nullable(), tlsVerify: flag, tlsCa: z.string().min(1).nullable() }),
  leader: z.strictObject({ leaseMs: whole(1000, 60_000) }),
  timers: z.strictObject({ horizon: whole(1, 1_000_000) }),
  alerts: z.strictObject({ overdueMs: whole(1000, 3_600_000) }),
  role: oneOf(['all', 'web', 'clock']),
  instanceName: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'expected 1-100 printable characters without spaces')
    .nullable()
    .transform((name) => name ?? `${hostname()}:${process.pid}`),
  security: z.strictObject({
    apiKeys: apiKeys.nullable(),
    auth: oneOf(['keys', 'none']),
    allowedHosts: hostNames.nullable(),
    corsOrigins: origins.nullable(),
    metricsOpen: flag,
  }),
  jwt,
  webhooks: z.strictObject({ allow: webhookNetworks.nullable() }),
  log: z.strictObject({ level: oneOf(LOG_LEVELS) }),
  shutdownTimeoutMs: whole(0, 600_000),
});

type Parsed = z.output<typeof configSchema>;

/** What the program runs with. config.ts has decided `http.host`. */
export type Config = Omit<Parsed, 'http'> & { http: Parsed['http'] & { host: string } };
