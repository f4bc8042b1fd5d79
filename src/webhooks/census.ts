import type { Queryable } from '../db/database.ts';
import type { NewAlert } from '../domain/alert.ts';

/** Which webhooks there are, read when they were changed. */
export interface Census {
  /** In whatever state. */
  count: number;
  /** Disabled because they failed for days: somebody should see to them. */
  givenUp: string[];
}

const READ = {
  name: 'webhook_census',
  text: `SELECT count(*)::float8 AS count,
    coalesce(json_agg(id ORDER BY id) FILTER (WHERE state = 'disabled' AND state_reason LIKE 'nothing but failures%'), '[]') AS "givenUp"
    FROM webhook`,
};

export async function readCensus(db: Queryable): Promise<Census> {
  const [census] = await db.query<Census>(READ);
  return census ?? { count: 0, givenUp: [] };
}

/** Of the alert, whose subject is the id of the webhook. */
export const ALERT = 'webhook';

/** For operators. */
export const givenUp = (id: string): NewAlert => ({
  kind: ALERT,
  subject: id,
  severity: 'warning',
  cause: 'a webhook was disabled after days of nothing but failures',
  cure: `mend its endpoint, then PATCH /v1/webhooks/${id} with state active: it goes on where it was; or DELETE it`,
});
