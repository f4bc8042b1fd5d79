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

// The log of terms is read from its end, because it grows for ever.
const TERMS = {
  name: 'recent_terms',
  text: `SELECT count(*)::float8 AS n FROM (SELECT started_at FROM term ORDER BY epoch DESC LIMIT $1) AS latest
    WHERE started_at > clock_timestamp() - make_interval(secs => $2::float8 / 1000)`,
};

/** Whether so many terms have begun within so many milliseconds. */
export async function haveTermsBegun(db: Queryable, many: number, withinMs: number): Promise<boolean> {
  const [row] = await db.query<{ n: number }>(TERMS, [many, withinMs]);
  return row?.n === many;
}

// Of each consumer the first event that it has not read.
const UNREAD = {
  name: 'unread_for_long',
  text: `SELECT name, (extract(epoch FROM clock_timestamp() - first.at) * 1000)::float8 AS "ageMs"
    FROM record_consumer AS consumer, LATERAL (SELECT min(unread.at) AS at FROM (
      (SELECT occurred_at AS at FROM transition WHERE id > consumer.read_to ORDER BY id LIMIT 1)
      UNION ALL (SELECT changed_at FROM change_commit JOIN change USING (statement) WHERE number > consumer.read_to ORDER BY number LIMIT 1)
      UNION ALL (SELECT at FROM alert_event WHERE number > consumer.read_to ORDER BY number LIMIT 1)
    ) AS unread) AS first
    WHERE first.at < clock_timestamp() - make_interval(secs => $1::float8 / 1000)`,
};

/** Consumers of the record with an event that they have not read for so many milliseconds. */
export function readUnread(db: Queryable, forMs: number): Promise<{ name: string; ageMs: number }[]> {
  return db.query(UNREAD, [forMs]);
}
