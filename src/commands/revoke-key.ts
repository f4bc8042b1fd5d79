import { NotFoundError } from '../base/errors.ts';
import { type KeyRow, readKey } from '../db/read/keys.ts';
import { transact, type Writer } from './transact.ts';

/** From now on the key opens nothing. The same once more changes nothing. @throws NotFoundError */
export function revokeKey(writer: Writer, id: string): Promise<KeyRow> {
  return transact(writer, id, async (em) => {
    await em.execute('UPDATE api_key SET revoked_at = clock_timestamp() WHERE id = ? AND revoked_at IS NULL', [id]);
    const key = await readKey(em, id);
    if (key === null) throw new NotFoundError('key', id);
    return key;
  });
}
