import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { advance } from '../../../src/db/advance.ts';
import { PostgresDatabase } from '../../../src/db/postgres.ts';
import { withClient } from '../bench.ts';
import { fillStagebell } from '../comparison/tables.ts';

/** Of moving what is due by the statement alone, without a service around it. */
export interface Moved {
  usEach: number;
  /** The longest statement: for so long a row is locked, and the record's gate is held. */
  longestMs: number;
}

/** Fills a migrated database with stages that are due, and moves them, `limit` boundaries a statement. */
export async function moveDue(url: string, stages: number, limit: number): Promise<Moved> {
  await withClient(url, async (client) => {
    await fillStagebell(client, { count: stages, fromMs: Date.now() - 86_400_000, everyMs: 0 }, true);
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  });
  const database = new PostgresDatabase(url, systemClock, silentLog);
  await database.connect();
  const session = database.openSession('capacity', 60_000);
  try {
    let moved = 0;
    let longestMs = 0;
    const startedMs = performance.now();
    while (moved < stages) {
      const sentMs = performance.now();
      moved += (await advance(session, { term: null, limit, cause: 'sweep', instance: 'capacity' })).moved;
      longestMs = Math.max(longestMs, performance.now() - sentMs);
    }
    return { usEach: ((performance.now() - startedMs) * 1000) / stages, longestMs };
  } finally {
    await session.close();
    await database.close();
  }
}
