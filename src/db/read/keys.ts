import type { Queryable } from '../database.ts';
import { instantOf } from '../entities/instant.ts';
import { msOf, type Reader } from './stages.ts';
import { all, condition } from './where.ts';

/** An API key as it is read. Its hash stays in the database. Instants are epoch milliseconds. */
export interface KeyRow {
  id: string;
  name: string;
  scope: string;
  createdMs: number;
  createdBy: string | null;
  expiresMs: number | null;
  lastUsedMs: number | null;
  revokedMs: number | null;
}

const COLUMNS = `id, name, scope, ${msOf('created_at')} AS "createdMs", created_by AS "createdBy",
  ${msOf('expires_at')} AS "expiresMs", ${msOf('last_used_at')} AS "lastUsedMs", ${msOf('revoked_at')} AS "revokedMs"`;

export async function readKey(em: Reader, id: string): Promise<KeyRow | null> {
  const [row] = await em.execute<KeyRow[]>(`SELECT ${COLUMNS} FROM api_key WHERE id = ?`, [id]);
  return row ?? null;
}

/** Oldest first; those that were revoked or have expired, too. */
export function readKeys(
  em: Reader,
  { after, limit }: { after: { createdMs: number; id: string } | null; limit: number },
): Promise<KeyRow[]> {
  const wanted = all(
    after === null
      ? []
      : [condition('(created_at, id) > (?::timestamptz, ?::uuid)', instantOf(after.createdMs), after.id)],
  );
  return em.execute<KeyRow[]>(`SELECT ${COLUMNS} FROM api_key WHERE ${wanted.sql} ORDER BY created_at, id LIMIT ?`, [
    ...wanted.values,
    limit,
  ]);
}

/** A key that is valid now. */
export interface ValidKey {
  id: string;
  name: string;
  scope: string;
  sha256: string;
  /** How long it is still valid, by the database's clock; null: until it is revoked. */
  leftMs: number | null;
}

const VALID = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())';
const READ_VALID = {
  name: 'valid_keys',
  text: `SELECT id::text AS id, name, scope, sha256,
    (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS "leftMs"
    FROM api_key WHERE sha256 = ANY ($1::text[]) AND ${VALID}`,
};
/** Those of these hashes that belong to a valid key. */
export const readValidKeys = (db: Queryable, hashes: readonly string[]): Promise<ValidKey[]> =>
  db.query<ValidKey>(READ_VALID, [hashes]);

const ANY = { name: 'any_key', text: 'SELECT EXISTS (SELECT FROM api_key) AS is' };
/** Whether a key was ever stored, valid or not. */
export async function hasKeys(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ is: boolean }>(ANY);
  return row?.is === true;
}

const NOTE_USES = {
  name: 'note_uses_of_keys',
  text: `UPDATE api_key SET last_used_at = clock_timestamp() - used.ago * interval '1 ms'
    FROM unnest($1::uuid[], $2::float8[]) AS used (id, ago)
    WHERE api_key.id = used.id AND coalesce(last_used_at < clock_timestamp() - interval '50 s', true)`,
};
/** When these keys were last used, milliseconds ago by id. What another instance noted within a minute stays. */
export async function noteUses(db: Queryable, agoMs: ReadonlyMap<string, number>): Promise<void> {
  await db.query(NOTE_USES, [[...agoMs.keys()], [...agoMs.values()]]);
}
