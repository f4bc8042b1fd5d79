import { FILLING_QUEUE, FULL_QUEUE } from '../../db/names.ts';
import { type Check, fail, ok, warn } from './check.ts';

// The queue is one for all databases of the server, so the session may be in any.
const READ = {
  name: 'notify_queue',
  text: `SELECT pg_notification_queue_usage()::float8 AS used,
    (SELECT string_agg(format('%s (%s, %s, open for %s s)', pid, datname, application_name, floor(extract(epoch FROM clock_timestamp() - xact_start))), ', ')
     FROM (SELECT * FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY xact_start LIMIT 3) AS idle) AS idle`,
};

/**
 * How full the notification queue is. A session that listens and is idle in a transaction, in any database, keeps it
 * from draining.
 */
export const queue: Check = {
  name: 'notify',
  needs: 'database',
  async run({ db }) {
    const [row] = await db.query<{ used: number; idle: string | null }>(READ);
    const used = row?.used ?? 0;
    const text = `the notification queue is ${(used * 100).toFixed(0)} % full`;
    if (used < FILLING_QUEUE) return ok('notify_ok', text);
    const cure = `end the transaction that blocks it, whichever database it is in: ${row?.idle ?? 'SELECT * FROM pg_stat_activity ORDER BY xact_start'}; SELECT pg_terminate_backend(<pid>)`;
    return (used < FULL_QUEUE ? warn : fail)(
      'notify_queue',
      `${text}: when it is full, NOTIFY fails and edits are heard late`,
      cure,
    );
  },
};
