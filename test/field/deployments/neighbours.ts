import pg from 'pg';
import { fillNotifyQueue, SMALLEST_QUEUE } from '../../support/notify-queue.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { startServe } from '../../support/processes.ts';
import { eventually } from '../../support/wait.ts';
import { type Deployment, LEASE_MS } from '../deployment.ts';
import { Place } from '../place.ts';
import { siteOf } from './plain.ts';

/** Moves so many stages, so that an old snapshot keeps their dead versions. */
const MANY = `INSERT INTO stage (assignment_id, name, start_date, end_date)
  SELECT a.id, 'moved under a snapshot', now() + interval '1 s', now() + interval '2 s'
  FROM assignment a, generate_series(1, COUNT) LIMIT COUNT`;

async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** What other programs on the same server do. */
export const NEIGHBOURS: readonly Deployment[] = [
  {
    name: 'a reader that holds an old snapshot',
    isLong: true,
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster() });
      const reader = await session(place.adminUrl);
      const onReady = async (): Promise<void> => {
        await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        await reader.query('SELECT count(*) FROM stage');
        for (let i = 0; i < 2; i++) {
          await place.sql(MANY.replaceAll('COUNT', '10000'));
          await eventually(
            async () => {
              const [row] = await place.sql<{ left: number }>(
                `SELECT count(*)::int AS left FROM stage WHERE status <> 'completed' AND name LIKE 'moved%'`,
              );
              if (row?.left !== 0) throw new Error(`${row?.left} were not moved`);
            },
            { timeoutMs: 60_000, everyMs: 200 },
          );
        }
      };
      const down = async (): Promise<void> => {
        await reader.end();
        await place.down();
      };
      return siteOf(place, await ground.redis(), { onReady, down });
    },
  },
  {
    name: 'a queue of notifications that is full',
    isLong: true,
    isAboutLeaders: true,
    async up(ground) {
      const server = await PostgresServer.start({ settings: SMALLEST_QUEUE });
      const place = await Place.migrated({ cluster: server.url });
      let empty = async (): Promise<void> => {};
      return siteOf(place, await ground.redis(), {
        onReady: async () => {
          empty = await fillNotifyQueue(server.url);
        },
        // What cannot be told is read with each heartbeat.
        expected: {
          bellMs: LEASE_MS + 1000,
          causes: ['timer', 'sweep'],
          handOverMs: LEASE_MS + 1000,
          crashMs: 5000,
          degraded: ['notify'],
          doctor: [/FAIL +notify .*% full/, /FAIL +listen .*NOTIFY queue/],
        },
        down: async () => {
          await empty();
          await server.remove();
        },
      });
    },
  },
  {
    name: 'two deployments in one database, course-a and course_a',
    isLong: true,
    async up(ground) {
      const place = await Place.migrated({ cluster: await ground.cluster(), schema: 'course-a' });
      const other = await place.beside('course_a');
      const redisUrl = await ground.redis();
      const serve = startServe({ DATABASE_URL: other.url(), REDIS_URL: redisUrl, LEADER_LEASE_MS: String(LEASE_MS) });
      return siteOf(place, redisUrl, {
        onReady: async () => {
          const process = await serve;
          await process.ready(40_000);
          await other.sql(`INSERT INTO assignment (title) VALUES ('other')`);
          await other.sql(`INSERT INTO stage (assignment_id, name, start_date)
            SELECT id, 'other', clock_timestamp() + i * interval '50 ms' FROM assignment, generate_series(1, 100) AS i`);
        },
        down: async () => {
          const process = await serve;
          const swept = process.lines.filter(({ event, moved }) => event === 'sweep' && moved !== 0);
          await process.stop('SIGKILL');
          await place.down();
          if (swept.length > 0) throw new Error(`the other deployment swept: ${JSON.stringify(swept[0])}`);
        },
      });
    },
  },
];
