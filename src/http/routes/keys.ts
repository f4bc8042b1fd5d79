import { z } from 'zod';
import { actorOf, type Caller } from '../../access/caller.ts';
import { ConflictError, NotFoundError } from '../../base/errors.ts';
import { createKey } from '../../commands/create-key.ts';
import { revokeKey } from '../../commands/revoke-key.ts';
import { type KeyRow, readKey, readKeys } from '../../db/read/keys.ts';
import { presentKey } from '../../keys/present-key.ts';
import { cursorOf } from '../cursor.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { byId, limit, sortKeyMs, uuid } from '../schema/asked.ts';
import { createdKey, key, newKey } from '../schema/key.ts';
import { pageOf as pageSchema } from '../schema/output.ts';
import { reason } from '../schema/text.ts';
import { writerOf } from '../writer.ts';
import { KNOWN } from './known.ts';
import { NO_CONTENT } from './no-content.ts';

const cursors = cursorOf('keys', z.object({ createdMs: sortKeyMs, id: uuid }));

/** API keys in the database, beside those of API_KEYS, which cannot be seen or revoked here. */
export const keyRoutes = (options: HttpOptions) => {
  const { database, log, keyNames, security } = options;
  const told = (event: 'key_created' | 'key_revoked', row: KeyRow, caller: Caller, why: string | undefined) =>
    log.info({ event, key: row.name, id: row.id, scope: row.scope, actor: actorOf(caller), reason: why }, event);

  /** @throws ConflictError */
  const checkNew = (name: string, scope: string, caller: Caller): void => {
    if (keyNames.includes(name)) {
      throw new ConflictError(`A key in API_KEYS has the name ${name}: choose another one.`);
    }
    // An open service is closed by its first key. Whoever made it must be able to make the next one.
    const closes = security.kind === 'open' && security.until !== undefined && caller.name === null;
    if (closes && scope !== 'admin') {
      throw new ConflictError(
        'This service is open, and its first key closes it: create one with the scope admin first, because without it nobody could make another.',
      );
    }
  };

  return [
    route({
      method: 'post',
      path: '/v1/keys',
      operation: 'createKey',
      isOneTransaction: true,
      secret: 'secret',
      tag: 'Keys',
      scope: 'admin',
      summary: 'Create an API key; its secret is shown this once',
      body: newKey,
      responses: {
        201: { description: 'The key, with its secret.', body: createdKey, headers: ['Location'] },
      },
      problems: ['conflict'],
      async handle({ caller, body }) {
        const { name, scope, expires_at } = body;
        checkNew(name, scope, caller);
        const wanted = { name, scope, expiresMs: expires_at?.ms ?? null };
        const { secret, ...row } = await createKey(writerOf(options, caller, body.reason), wanted);
        told('key_created', row, caller, body.reason);
        return {
          status: 201,
          headers: { Location: `/v1/keys/${row.id}` },
          body: { ...presentKey(row), secret },
        };
      },
    }),
    route({
      method: 'get',
      path: '/v1/keys',
      operation: 'listKeys',
      tag: 'Keys',
      scope: 'admin',
      summary: 'List the keys in the database, oldest first; without their secrets, and with those that were revoked',
      query: z.strictObject({ limit, cursor: cursors.schema }),
      responses: { 200: { description: 'A page of keys.', body: pageSchema(key, 'KeyPage') }, 304: KNOWN },
      async handle({ query }) {
        const rows = await readKeys(database.em(), { after: query.cursor, limit: query.limit + 1 });
        return { status: 200, body: pageOf(rows, query.limit, presentKey, cursors.encode) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/keys/:id',
      operation: 'getKey',
      tag: 'Keys',
      scope: 'admin',
      summary: 'Read a key, without its secret',
      params: byId,
      responses: { 200: { description: 'The key.', body: key }, 304: KNOWN },
      async handle({ params }) {
        const row = await readKey(database.em(), params.id);
        if (row === null) throw new NotFoundError('key', params.id);
        return { status: 200, body: presentKey(row) };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/keys/:id',
      operation: 'revokeKey',
      tag: 'Keys',
      scope: 'admin',
      summary: 'Revoke a key: it opens nothing from now on, on any instance; the same once more changes nothing',
      params: byId,
      query: z.strictObject({ reason: reason.optional() }),
      responses: { 204: { description: 'It is revoked.' } },
      async handle({ caller, params, query }) {
        const row = await revokeKey(writerOf(options, caller, query.reason), params.id);
        told('key_revoked', row, caller, query.reason);
        return NO_CONTENT;
      },
    }),
  ];
};
