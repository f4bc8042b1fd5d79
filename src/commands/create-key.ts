import { hashOf, newSecret } from '../access/secret.ts';
import { NotFoundError } from '../base/errors.ts';
import { ApiKeyEntity } from '../db/entities/api-key.ts';
import { type KeyRow, readKey } from '../db/read/keys.ts';
import { transact, type Writer } from './transact.ts';

export interface NewKey {
  name: string;
  scope: string;
  expiresMs: number | null;
}

/** The secret is shown once: only its hash is kept. */
export interface CreatedKey extends KeyRow {
  secret: string;
}

/** @throws ConflictError where a key has that name, ValidationError where it would have expired already */
export function createKey(writer: Writer, { name, scope, expiresMs }: NewKey): Promise<CreatedKey> {
  const secret = newSecret();
  return transact(writer, null, async (em) => {
    // One that has expired gives its name back.
    await em.execute(
      'UPDATE api_key SET revoked_at = expires_at WHERE name = ? AND revoked_at IS NULL AND expires_at <= clock_timestamp()',
      [name],
    );
    const sha256 = hashOf(secret).toString('hex');
    const created = em.create(ApiKeyEntity, { name, scope, sha256, createdBy: writer.actor, expiresMs });
    await em.flush();
    const key = await readKey(em, created.id);
    if (key === null) throw new NotFoundError('key', created.id);
    return { ...key, secret };
  });
}
