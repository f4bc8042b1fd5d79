import pg from 'pg';

/** Of a server whose queue is as small as it can be (PostgreSQL 17 or later). */
export const SMALLEST_QUEUE = { max_notify_queue_pages: 64 };

/**
 * Fills the notification queue of a server, as a session does that listens and is idle in a transaction, in
 * whichever of its databases. @returns what ends that session
 */
export async function fillNotifyQueue(url: string): Promise<() => Promise<void>> {
  const [idle, other] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  // The server may be stopped under them.
  for (const client of [idle, other]) client.on('error', () => {});
  try {
    await Promise.all([idle.connect(), other.connect()]);
    await idle.query('LISTEN a');
    await idle.query('BEGIN');
    await idle.query('SELECT 1');
    for (let n = 0, isFull = false; !isFull; n++) {
      await other.query(`SELECT pg_notify('b', repeat('x', 7000) || $1::int)`, [n]).catch((error) => {
        if (error.code !== '54000') throw error;
        isFull = true;
      });
    }
  } catch (error) {
    await idle.end().catch(() => {});
    throw error;
  } finally {
    await other.end().catch(() => {});
  }
  return () => idle.end().catch(() => {});
}
