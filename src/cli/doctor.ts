import { systemClock } from '../base/clock.ts';
import { loadConfig } from '../config/config.ts';
import { alerts } from './doctor/alerts.ts';
import type { Check, Finding } from './doctor/check.ts';
import { clock } from './doctor/clock.ts';
import { connections } from './doctor/connections.ts';
import { database } from './doctor/database.ts';
import { examine } from './doctor/examine.ts';
import { instances } from './doctor/instances.ts';
import { leadership } from './doctor/leadership.ts';
import { listen } from './doctor/listen.ts';
import { locks } from './doctor/locks.ts';
import { overdue } from './doctor/overdue.ts';
import { Patient } from './doctor/patient.ts';
import { queue } from './doctor/queue.ts';
import { redis } from './doctor/redis.ts';
import { roundTrip } from './doctor/round-trip.ts';
import { schema } from './doctor/schema.ts';
import { server } from './doctor/server.ts';
import { service } from './doctor/service.ts';
import { succession } from './doctor/succession.ts';
import { tables } from './doctor/tables.ts';
import { triggers } from './doctor/triggers.ts';
import { troubles } from './doctor/troubles.ts';
import { writes } from './doctor/writes.ts';
import { refuseToMake, targetOf } from './target.ts';

/** In this order: later checks use what earlier ones found out. */
const CHECKS: readonly Check[] = [
  database,
  service,
  schema,
  server,
  writes,
  triggers,
  tables,
  roundTrip,
  queue,
  listen,
  leadership,
  succession,
  instances,
  connections,
  troubles,
  alerts,
  clock,
  locks,
  overdue,
  redis,
];

type Told = Finding & { name: string };

/** Checks what the service depends on: a line for each check, with its cure. @returns 1 if one fails */
export async function doctorCommand(env: NodeJS.ProcessEnv, options: { json?: boolean } = {}): Promise<number> {
  const config = loadConfig(env);
  refuseToMake(config);
  const patient = new Patient(config, env, systemClock);
  const told: Told[] = [];
  for (const check of CHECKS) {
    if (check.needs === 'database' && patient.database === null) continue;
    for (const finding of await examine(check, patient)) {
      told.push({ name: check.name, ...finding });
      if (!options.json) process.stdout.write(lineOf({ name: check.name, ...finding }));
    }
  }
  const isOk = told.every(({ status }) => status !== 'fail');
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok: isOk, database: targetOf(config), checks: told }, null, 2)}\n`);
  await patient.close();
  return isOk ? 0 : 1;
}

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };

function lineOf({ name, status, text, cure }: Told): string {
  return `${MARKS[status]}  ${name.padEnd(11)} ${text.replaceAll(/\s*\n\s*/g, ' ')}${cure === undefined ? '' : `. To mend it: ${cure}`}\n`;
}
