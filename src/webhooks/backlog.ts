import type { Queryable } from '../db/database.ts';

/** What webhooks have not yet delivered, in the whole database. */
export interface Backlog {
  /** How many webhooks are in each state. */
  states: Record<string, number>;
  /** Deliveries of active ones that wait. */
  pending: number;
  /** null: none waits. */
  oldestSeconds: number | null;
}

// Only what is open is looked at, by its small index.
const READ = {
  name: 'webhook_backlog',
  text: `SELECT (SELECT coalesce(json_object_agg(state, n), '{}') FROM (SELECT state, count(*)::integer AS n FROM webhook GROUP BY state) AS counted) AS states,
    count(*)::float8 AS pending, extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS "oldestSeconds"
  FROM webhook_delivery WHERE state = 'pending' AND webhook_id IN (SELECT id FROM webhook WHERE state = 'active')`,
};

export async function readBacklog(db: Queryable): Promise<Backlog> {
  const [backlog] = await db.query<Backlog>(READ);
  return backlog ?? { states: {}, pending: 0, oldestSeconds: null };
}
