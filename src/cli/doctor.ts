import { systemClock } from '../base/clock.ts';
import { messageOf, StagebellError } from '../base/errors.ts';
import { silentLog } from '../base/log.ts';
import { loadConfig } from '../config/config.ts';
import type { Config } from '../config/schema.ts';
import type { Database, Session } from '../db/database.ts';
import { readSchemaState } from '../db/schema.ts';
import { livingLeader, readLeadership, readOverdue } from '../db/term.ts';
import { checkEars, checkRedis, checkTriggers } from './doctor-checks.ts';
import { openDatabase } from './open-database.ts';
import { askRunningService, isFolderInUse } from './running-service.ts';

/** A host whose clock is this far from the database's shows wrong times in its own logs. */
const MOST_OFFSET_MS = 1000;

interface Answer {
  leader: { instance: string } | null;
  overdue: number;
  degraded: string[];
}

/** Checks what the service rests on, a line each. @returns 1 if one fails */
export async function doctorCommand(env: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(env);
  let failed = 0;
  /** Prints what `look` found, or why it failed; later checks go on. */
  const check = async (name: string, look: () => Promise<string>): Promise<void> => {
    let line: string;
    try {
      line = `ok    ${name.padEnd(11)} ${await look()}`;
    } catch (error) {
      failed += 1;
      line = `FAIL  ${name.padEnd(11)} ${messageOf(error)}`;
    }
    process.stdout.write(`${line}\n`);
  };

  let database: Database | undefined;
  let db: Session | undefined;
  await check('database', async () => {
    try {
      database = await openDatabase(config, systemClock, silentLog);
    } catch (error) {
      if (!isFolderInUse(error)) throw error;
      const { leader, overdue, degraded } = await askRunningService<Answer>(env, 'GET', '/v1/scheduler');
      if (leader === null) throw fault('embedded, and the running service does not lead: see its log');
      if (overdue > 0)
        throw fault(`embedded, and ${overdue} boundaries are due and not crossed: run stagebell reconcile`);
      if (degraded.length > 0) throw fault(`embedded, and degraded: ${degraded.join(', ')}`);
      return 'embedded, in use by the running service, which leads; nothing is overdue';
    }
    db = database.openSession('doctor', 5000);
    await database.connect();
    const [row] = await db.query<{ version: string }>({ name: 'version', text: 'SELECT version()' });
    return `${database.kind}: ${row?.version.split(' ').slice(0, 2).join(' ')}`;
  });
  if (database !== undefined && db !== undefined && failed === 0) await checkInside(config, database, db, check);
  if (config.redis.urls !== null) await check('redis', () => checkRedis(config));
  await db?.close();
  await database?.close().catch(() => {});
  return failed === 0 ? 0 : 1;
}

async function checkInside(
  config: Config,
  database: Database,
  db: Session,
  check: (name: string, look: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await check('schema', async () => {
    const state = await readSchemaState(db);
    if (state.kind === 'behind') throw fault(`behind this code by ${state.missing.join(', ')}: run stagebell migrate`);
    if (state.kind === 'newer')
      throw fault(`newer than this code (${state.unknown.join(', ')}): deploy the newer release`);
    return 'current';
  });
  await check('triggers', () => checkTriggers(db));
  await check('listen', () => checkEars(database, db, systemClock));
  await check('clock', async () => {
    const before = systemClock.wallMs();
    const [row] = await db.query<{ now: number }>({
      name: 'clock',
      text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    });
    const offsetMs = (row?.now ?? 0) - (before + systemClock.wallMs()) / 2;
    const text = `the database is ${Math.abs(offsetMs).toFixed(1)} ms ${offsetMs < 0 ? 'behind' : 'ahead of'} this host`;
    if (Math.abs(offsetMs) > MOST_OFFSET_MS)
      throw fault(`${text}: check NTP on both; the database's clock is the one that counts`);
    return text;
  });
  await check('leadership', async () => {
    const leadership = await readLeadership(db);
    const { instance, epoch, heartbeatAgeMs } = leadership;
    if (config.database.url === null) return 'solo: the process that serves leads';
    if (instance === null || heartbeatAgeMs === null)
      throw fault('nobody leads: start an instance with ROLE=all or ROLE=clock');
    const text = `${instance}, term ${epoch}, heartbeat ${Math.round(heartbeatAgeMs)} ms ago`;
    if (livingLeader(leadership) === null)
      throw fault(`${text}: it is gone and nobody has taken over; start an instance`);
    return text;
  });
  await check('overdue', async () => {
    const overdue = await readOverdue(db);
    if (overdue > 0) throw fault(`${overdue} boundaries are due and not crossed: run stagebell reconcile`);
    return 'nothing';
  });
}

const fault = (message: string): StagebellError => new StagebellError('unhealthy', 503, message);
