import { ConflictError } from '../base/errors.ts';
import { createKey, type NewKey } from '../commands/create-key.ts';
import { revokeKey } from '../commands/revoke-key.ts';
import type { Config } from '../config/schema.ts';
import type { Database } from '../db/database.ts';
import { readKeys } from '../db/read/keys.ts';
import { CLI_SUFFIX } from '../db/read/tally.ts';
import { presentKey, type ShownKey } from '../keys/present-key.ts';
import { askRunningService } from './running-service.ts';

/** The stored keys, wherever the command reaches them. */
export interface KeyRing {
  create(key: NewKey): Promise<ShownKey & { secret: string }>;
  list(): Promise<ShownKey[]>;
  revoke(id: string): Promise<void>;
}

const MOST_KEYS = 10_000;
const PAGE = 500;

export function ringOfDatabase(database: Database, { instanceName, security }: Config): KeyRing {
  const writer = { database, instance: `${instanceName}${CLI_SUFFIX}`, actor: 'cli' };
  return {
    async create(wanted) {
      if (security.apiKeys?.some(({ name }) => name === wanted.name)) {
        throw new ConflictError(`A key in API_KEYS has the name ${wanted.name}: choose another one.`);
      }
      const { secret, ...row } = await createKey(writer, wanted);
      return { ...presentKey(row), secret };
    },
    async list() {
      return (await readKeys(database.em(), { after: null, limit: MOST_KEYS })).map(presentKey);
    },
    async revoke(id) {
      await revokeKey(writer, id);
    },
  };
}

/** Through the service that has the embedded database. */
export function ringOfService(env: NodeJS.ProcessEnv): KeyRing {
  return {
    create({ name, scope, expiresMs }) {
      const expires_at = expiresMs === null ? null : new Date(expiresMs).toISOString();
      return askRunningService(env, 'POST', '/v1/keys', { name, scope, expires_at });
    },
    async list() {
      const keys: ShownKey[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const target: string = `/v1/keys?limit=${PAGE}${cursor && `&cursor=${cursor}`}`;
        const page: { items: ShownKey[]; next_cursor: string | null } = await askRunningService(env, 'GET', target);
        keys.push(...page.items);
        cursor = page.next_cursor;
      }
      return keys;
    },
    revoke: (id) => askRunningService(env, 'DELETE', `/v1/keys/${id}`),
  };
}
