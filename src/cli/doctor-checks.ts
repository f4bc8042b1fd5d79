import { type Clock, withTimeout } from '../base/clock.ts';
import { StagebellError } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';
import type { Database, Ears, Queryable } from '../db/database.ts';
import type { RedisReport } from '../leader/redis-probe.ts';

const PATIENCE_MS = 3000;
const POOLED =
  'a transaction pooler stands in between, where LISTEN is never heard: edits are read once a heartbeat; give DATABASE_URL a direct connection';
const fault = (message: string): StagebellError => new StagebellError('unhealthy', 503, message);

/** Says something and waits to hear it: behind a transaction pooler LISTEN is accepted and never heard. */
export async function checkEars(database: Database, db: Queryable, clock: Clock): Promise<string> {
  if (!database.canListen) throw fault(POOLED);
  const word = `doctor ${clock.monoMs()}`;
  let ears: Ears | undefined;
  const heard = new Promise<void>((resolve, reject) => {
    ears = database.openEars({
      onMessage: (payload) => payload === word && resolve(),
      onListening: () => {
        db.query({ name: 'say', text: 'SELECT pg_notify($1, $2)' }, [database.channel, word]).catch(reject);
      },
      onDeaf: (reason) => reject(fault(reason)),
    });
  });
  const startedMs = clock.monoMs();
  try {
    await withTimeout(clock, heard, PATIENCE_MS, () => fault('LISTEN hears nothing'));
    return `a NOTIFY was heard after ${(clock.monoMs() - startedMs).toFixed(1)} ms`;
  } finally {
    await ears?.close();
  }
}

/** The triggers that carry G4 and G5; `ALTER TABLE ... DISABLE TRIGGER` is easily forgotten. */
export async function checkTriggers(db: Queryable): Promise<string> {
  const rows = await db.query<{ name: string; enabled: boolean }>({
    name: 'triggers',
    text: `SELECT tgname::text AS name, tgenabled IN ('O', 'A') AS enabled FROM pg_trigger
      WHERE tgrelid = 'stage'::regclass AND NOT tgisinternal`,
  });
  const expected = 8;
  const disabled = rows.filter((row) => !row.enabled).map((row) => row.name);
  if (disabled.length > 0) throw fault(`disabled: ${disabled.join(', ')}; ALTER TABLE stage ENABLE TRIGGER USER`);
  if (rows.length < expected)
    throw fault(`${expected - rows.length} of ${expected} are missing: the schema was tampered with`);
  return `${rows.length} in force`;
}

/** Takes and releases a lock on each server, as the service does: what answers PING may refuse that. */
export async function checkRedis(config: Config): Promise<string> {
  const [{ readRedisTls }, { probeRedis }] = await Promise.all([
    import('../leader/redis.ts'),
    import('../leader/redis-probe.ts'),
  ]);
  const reports = await probeRedis(config.redis.urls ?? [], config.leader.leaseMs, readRedisTls(config.redis));
  const good = reports.filter(({ refusal }) => refusal === null);
  const text = `${good.length} of ${reports.length} give locks`;
  if (good.length < reports.length) throw fault([text, ...reports.flatMap(wrongWith)].join('; '));
  return `${text}, the slowest in ${Math.max(...good.map(({ tookMs }) => tookMs)).toFixed(1)} ms`;
}

const wrongWith = ({ server, refusal }: RedisReport): string[] =>
  refusal === null ? [] : [`${server}: ${refusal.cause}: ${refusal.cure} (${refusal.detail})`];
