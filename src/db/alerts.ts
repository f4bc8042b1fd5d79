import type { NewAlert } from '../domain/alert.ts';
import type { Queryable } from './database.ts';

const RAISE = {
  name: 'raise_alert',
  text: 'SELECT raise_alert($1, $2, $3, $4, $5, $6, $7, $8::float8, $9::boolean) AS became',
};
const RESOLVE = {
  name: 'resolve_alert',
  text: 'SELECT resolve_alert($1, $2, $3, $4::float8, $5::uuid) AS "lastedMs"',
};

/** `open`: it had been raised already. `over`: somebody has resolved it since it began. */
export type Raised = 'raised' | 'open' | 'over';

/**
 * Raises an alert once, whichever instance is first.
 * @param instance which raises it, by name
 * @param agoMs how long ago it began
 * @param lasts whether it still does. If somebody resolves an alert while it lasts, it can be raised again ten seconds
 *   later
 */
export async function raiseAlert(
  db: Queryable,
  { kind, subject = '', severity, cause, cure, detail = '' }: NewAlert,
  instance: string,
  agoMs: number,
  lasts: boolean,
): Promise<Raised> {
  const values = [kind, subject, severity, cause, cure, detail, instance, agoMs, lasts];
  const [row] = await db.query<{ became: Raised }>(RAISE, values);
  return row?.became ?? 'open';
}

/**
 * Resolves an alert that is open.
 * @param asking the id of the instance that asks: the alert is about a part of an instance, and is kept while another
 *   one still reports that part
 * @returns how long it lasted, milliseconds; null: nothing was resolved
 */
export async function resolveAlert(
  db: Queryable,
  { kind, subject }: { kind: string; subject: string },
  instance: string,
  agoMs: number,
  asking: string | null,
): Promise<number | null> {
  const [row] = await db.query<{ lastedMs: number | null }>(RESOLVE, [kind, subject, instance, agoMs, asking]);
  return row?.lastedMs ?? null;
}
