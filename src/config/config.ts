import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { z } from 'zod';
import { didYouMean, nearest } from '../base/did-you-mean.ts';
import { ConfigError, messageOf } from '../base/errors.ts';
import { isLoopback } from '../base/loopback.ts';
import { type Config, configSchema } from './schema.ts';

/**
 * The only reader of config/ and of the environment. A later source wins: config/default.json, config/<NODE_ENV>.json,
 * config/local.json (not committed), the variables of config/environment.json.
 */
type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const CONFIG_FOLDER = new URL('../../config/', import.meta.url);

/** Heroku's name of the machine, used when INSTANCE_NAME is not set. */
const FALLBACK_NAME_VARIABLE = 'DYNO';

/** @throws ConfigError with all faults at once */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const faults: string[] = [];
  const mapping = readJson('environment.json', faults) as Record<string, string>;
  const sources = new Map<string, string>();
  const tree: Tree = {};
  for (const file of ['default.json', `${basename(env['NODE_ENV'] || 'development')}.json`, 'local.json']) {
    if (file !== 'default.json' && !existsSync(new URL(file, CONFIG_FOLDER))) continue;
    merge(tree, readJson(file, faults), '', `config/${file}`, sources);
  }
  for (const [variable, path] of Object.entries(mapping)) {
    const value = env[variable];
    if (value === undefined || value === '') continue;
    setPath(tree, path, value);
    sources.set(path, variable);
  }
  const dyno = env[FALLBACK_NAME_VARIABLE];
  if (dyno !== undefined && dyno !== '' && getPath(tree, 'instanceName') === null) setPath(tree, 'instanceName', dyno);
  faults.push(...misspelt(env, Object.keys(mapping)));

  const parsed = configSchema.safeParse(tree);
  if (!parsed.success) faults.push(...parsed.error.issues.flatMap((issue) => describe(issue, tree, sources)));
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults);
  const isEmbedded = parsed.data.database.url === null;
  const host = parsed.data.http.host ?? (isEmbedded ? '127.0.0.1' : '0.0.0.0');
  return { ...parsed.data, http: { ...parsed.data.http, host } };
}

/** More checks, for `serve` only. @throws ConfigError */
export function checkServing(config: Config): void {
  const { database, redis, role } = config;
  const faults: string[] = [];
  const isEmbedded = database.url === null;
  if (isEmbedded && role !== 'all') {
    faults.push(
      `ROLE: got "${role}", but an embedded database serves one process, which must do both; expected all, or a DATABASE_URL`,
    );
  }
  if (isEmbedded && redis.urls !== null) {
    faults.push(
      'REDIS_URL: set without DATABASE_URL; several instances need a PostgreSQL to share: set DATABASE_URL, or unset REDIS_URL',
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
}

/** Whether others than this machine could reach the service, and nothing in front decides who may. */
export function needsKeys({ database, security, http }: Config): boolean {
  return security.auth !== 'none' && !(database.url === null && isLoopback(http.host));
}

/** Whether it needs keys and the configuration has none: then one must be stored. */
export const needsStoredKeys = (config: Config): boolean =>
  config.security.apiKeys === null && config.jwt.issuer === null && needsKeys(config);

/** Nobody could call it. */
export const noKeys = ({ http }: Config): ConfigError =>
  new ConfigError([
    `API_KEYS: missing, no key is stored in the database either, and others can reach the service on ${http.host}; expected name:scope:sha256-hex-of-secret, or a key made by stagebell keys create NAME --scope admin (after stagebell migrate), or JWT_ISSUER, or AUTH=none if something in front protects it`,
  ]);

function readJson(file: string, faults: string[]): Tree {
  try {
    const value: unknown = JSON.parse(readFileSync(new URL(file, CONFIG_FOLDER), 'utf8'));
    if (isTree(value)) return value;
    faults.push(`config/${file}: expected a JSON object`);
  } catch (error) {
    faults.push(`config/${file}: ${messageOf(error)}`);
  }
  return {};
}

function merge(into: Tree, from: Tree, prefix: string, source: string, sources: Map<string, string>): void {
  for (const [key, value] of Object.entries(from)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const existing = into[key];
    if (isTree(value) && isTree(existing)) merge(existing, value, path, source, sources);
    else {
      into[key] = value;
      sources.set(path, `${source} ${path}`);
    }
  }
}

function setPath(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = tree;
  for (const key of keys) {
    const next = at[key];
    at = isTree(next) ? next : {};
    if (!isTree(next)) setPath(tree, keys.join('.'), at);
  }
  at[last] = value;
}

function getPath(tree: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isTree(at) ? at[key] : undefined), tree);
}

/**
 * Values that may hold a secret are not repeated. They are not masked either: a password that breaks a URL would break
 * the mask too.
 */
const SECRET = new Set(['security.apiKeys', 'redis.urls', 'database.url']);

/** One line per fault: which variable or key, what came, what was expected. */
function describe(issue: z.core.$ZodIssue, tree: Tree, sources: Map<string, string>): string[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys((getPath(defaults(), path) as Tree | undefined) ?? {});
    return issue.keys.map((key) => {
      const full = path === '' ? key : `${path}.${key}`;
      return `${sources.get(full) ?? full}: unknown key${didYouMean(key, known)}`;
    });
  }
  const source = sources.get(path) ?? path;
  const came = JSON.stringify(getPath(tree, path)) ?? 'nothing';
  const got = SECRET.has(path) ? '' : `got ${came}, `;
  return [`${source}: ${got}${issue.message}`];
}

const defaults = (): Tree => readJson('default.json', []);

/** Variables that look like ours but are not. Somebody who sets `LEADER_LEASE` believes the lease is set. */
function misspelt(env: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  const ours = known.filter((name) => name.includes('_'));
  return Object.keys(env).flatMap((name) => {
    if (known.includes(name) || name.length < 6 || !/^[A-Z_]+$/.test(name)) return [];
    const truncated = ours.find((our) => our.startsWith(`${name}_`) && name.includes('_'));
    const meant = truncated ?? (name.length >= 9 ? nearest(name, ours, 1) : null);
    return meant === null ? [] : [`${name}: unknown variable; did you mean ${meant}?`];
  });
}
