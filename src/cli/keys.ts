import { SCOPES, type Scope } from '../access/api-key.ts';
import { keyNameFault } from '../access/key-names.ts';
import { StagebellError } from '../base/errors.ts';
import type { ShownKey } from '../keys/present-key.ts';
import { type KeyRing, ringOfDatabase, ringOfService } from './key-ring.ts';
import { isFolderInUse } from './running-service.ts';
import { withDatabase } from './with-database.ts';

interface Asked {
  json?: boolean;
}

/** Makes a key. The secret alone goes to stdout, so that a script can keep it: SECRET=$(stagebell keys create ...). */
export function createKeyCommand(
  env: NodeJS.ProcessEnv,
  name: string,
  options: Asked & { scope: string; expires?: string },
): Promise<number> {
  const fault = keyNameFault(name);
  if (fault !== null) throw usage(fault);
  const scope = SCOPES.find((known): known is Scope => known === options.scope);
  if (scope === undefined) throw usage(`--scope ${options.scope} is no scope: expected ${SCOPES.join(', ')}`);
  const expiresMs = options.expires === undefined ? null : Date.parse(options.expires);
  if (expiresMs !== null && !(Number.isFinite(expiresMs) && OFFSET.test(options.expires ?? ''))) {
    throw usage(`--expires ${options.expires} is no instant: write it with an offset, such as 2027-09-01T00:00:00Z`);
  }
  return withRing(env, async (ring) => {
    const created = await ring.create({ name, scope, expiresMs });
    if (options.json) process.stdout.write(`${JSON.stringify(created)}\n`);
    else {
      process.stderr.write(`The key ${name} may ${scope}. Its secret is shown this once:\n`);
      process.stdout.write(`${created.secret}\n`);
    }
  });
}

const OFFSET = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/i;

export function listKeysCommand(env: NodeJS.ProcessEnv, { json }: Asked): Promise<number> {
  return withRing(env, async (ring) => {
    const keys = await ring.list();
    if (json) process.stdout.write(`${JSON.stringify(keys)}\n`);
    else if (keys.length === 0) process.stdout.write('No key is stored.\n');
    else for (const key of keys) process.stdout.write(`${lineOf(key)}\n`);
  });
}

/** @param which its name, or its id */
export function revokeKeyCommand(env: NodeJS.ProcessEnv, which: string, { json }: Asked): Promise<number> {
  return withRing(env, async (ring) => {
    const key = (await ring.list()).find(
      ({ id, name, revoked_at }) => revoked_at === null && [id, name].includes(which),
    );
    if (key === undefined)
      throw new StagebellError('not_found', 404, `No stored key that is not revoked has the name or the id ${which}.`);
    await ring.revoke(key.id);
    process.stdout.write(
      json ? `${JSON.stringify({ id: key.id, name: key.name })}\n` : `The key ${key.name} is revoked.\n`,
    );
  });
}

const usage = (message: string) => new StagebellError('usage', 400, message, { exitCode: 2 });

const lineOf = ({ name, scope, id, created_at, expires_at, last_used_at, revoked_at }: ShownKey): string =>
  [
    `${name.padEnd(20)} ${scope.padEnd(5)} ${id}  created ${created_at}`,
    last_used_at === null ? 'never used' : `used ${last_used_at}`,
    ...(expires_at === null ? [] : [`expires ${expires_at}`]),
    ...(revoked_at === null ? [] : [`revoked ${revoked_at}`]),
  ].join(', ');

async function withRing(env: NodeJS.ProcessEnv, work: (ring: KeyRing) => Promise<void>): Promise<number> {
  try {
    await withDatabase(env, { mayMake: false }, (database, _db, config) => work(ringOfDatabase(database, config)));
  } catch (error) {
    if (!isFolderInUse(error)) throw error;
    await work(ringOfService(env));
  }
  return 0;
}
