import { silentLog } from '../../base/log.ts';
import { openDatabase } from '../open-database.ts';
import { askRunningService, isFolderInUse } from '../running-service.ts';
import { targetOf } from '../target.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';
import { STATEMENT_MS } from './examine.ts';
import type { Patient } from './patient.ts';

/** Which database it is, and whether it lets us in. If an embedded one is in use, its service is asked instead. */
export const database: Check = {
  name: 'database',
  needs: 'nothing',
  async run(patient) {
    const { config, clock } = patient;
    const target = targetOf(config);
    try {
      const opened = await openDatabase(config, clock, silentLog);
      await opened.connect();
      patient.meet(opened, STATEMENT_MS);
    } catch (error) {
      if (!isFolderInUse(error)) throw error;
      return askService(patient, target);
    }
    const [row] = await patient.db.query<{ version: string }>({ name: 'version', text: 'SELECT version()' });
    return ok('database_ok', `${row?.version.split(' ').slice(0, 2).join(' ')} (${target})`);
  },
};

interface Answer {
  leader: { instance: string } | null;
  overdue: number;
  troubles: { part: string; cause: string; cure: string; since: string; detail?: string }[];
}

async function askService({ env }: Patient, target: string): Promise<Finding[]> {
  const { leader, overdue, troubles } = await askRunningService<Answer>(env, 'GET', '/v1/scheduler');
  const findings = [ok('database_in_use', `${target}: in use by the running service, which was asked`)];
  if (leader === null) findings.push(fail('leadership_nobody', 'the running service does not lead', 'see its log'));
  for (const { part, cause, cure, since, detail } of troubles)
    findings.push(warn(`trouble_${part}`, `${part}: ${cause}${detail ? ` (${detail})` : ''}; since ${since}`, cure));
  if (overdue > 0)
    findings.push(
      fail(
        'overdue_unmoved',
        `${overdue} boundaries are due and not crossed`,
        troubles[0]?.cure ??
          'run stagebell reconcile; the log of the service says why it did not move them (advance_failed)',
      ),
    );
  return findings;
}
