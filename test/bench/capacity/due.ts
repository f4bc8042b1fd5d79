import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Queryable, Session } from '../../../src/db/database.ts';
import { takeTerm } from '../../../src/db/leading/term.ts';
import { PostgresDatabase } from '../../../src/db/postgres/postgres.ts';
import { Advancer } from '../../../src/scheduler/advancer.ts';
import { RingQueue } from '../../../src/scheduler/ring-queue.ts';
import { StuckStages } from '../../../src/scheduler/stuck-stages.ts';
import { withClient } from '../../support/postgres.ts';
import { fillStagebell } from '../comparison/tables.ts';

/** Of moving what is due by the advance alone, without a service around it. */
export interface Moved {
  usEach: number;
  /** From sending a statement to its answer, the wait for its connection and for the batch before included. */
  longestMs: number;
}

interface Way {
  /** Boundaries a statement. */
  batch: number;
  /** As the service does it with two; with one the same statements come one after the other. */
  connections: 1 | 2;
}

/** Fills a migrated database with stages that are due. */
export function fillDue(url: string, stages: number): Promise<void> {
  return withClient(url, async (client) => {
    await fillStagebell(client, { count: stages, fromMs: Date.now() - 86_400_000, everyMs: 0 }, true);
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  });
}

const health = { tried: () => {}, held: () => {}, stuck: () => {} };

/** Fills a migrated database with stages that are due, and moves them. */
export async function moveDue(url: string, stages: number, { batch, connections }: Way): Promise<Moved> {
  await fillDue(url, stages);
  const database = new PostgresDatabase(url, systemClock, silentLog);
  await database.connect();
  const sessions = Array.from({ length: connections }, () => database.openSession('capacity', 60_000));
  try {
    const [first, second = first] = sessions as [Session, ...Session[]];
    const term = await takeTerm(second, 'capacity', 5000, 'always');
    if (term === null) throw new Error('The term was not given.');
    let longestMs = 0;
    const timed = (session: Session): Queryable => ({
      query: async (...args) => {
        const sentMs = performance.now();
        try {
          return (await session.query(...args)) as never;
        } finally {
          longestMs = Math.max(longestMs, performance.now() - sentMs);
        }
      },
    });
    const startedMs = performance.now();
    await new Promise<void>((resolve, reject) => {
      const queue = new RingQueue();
      new Advancer({
        sessions: [timed(first), timed(second)],
        term,
        instance: 'capacity',
        batch,
        batchMs: null,
        queue,
        planner: { advanced: () => resolve() },
        timers: { hold: () => {}, release: () => {} },
        stuck: new StuckStages({ sessions: [], queue, health, clock: systemClock, log: silentLog }),
        health,
        moved: { onMoved: () => {}, onFailed: () => reject(new Error('The advance failed.')) },
        stepDown: () => reject(new Error('Somebody else leads.')),
        clock: systemClock,
        log: silentLog,
      });
      queue.ring(0);
    });
    return { usEach: ((performance.now() - startedMs) * 1000) / stages, longestMs };
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
    await database.close();
  }
}
