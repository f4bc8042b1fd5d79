import { hasState } from '../../base/sqlstate.ts';
import { differencesOf } from '../../db/instances/differences.ts';
import { readInstances } from '../../db/instances/instances.ts';
import { livingLeader, readLeadership } from '../../db/leading/leadership-row.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

const ALIKE = 'give all instances the same environment, and restart those that differ';
const GRANT = 'GRANT SELECT, INSERT, UPDATE, DELETE ON instance TO the role of DATABASE_URL';

/** The live instances, and where they differ although they should not. */
export const instances: Check = {
  name: 'instances',
  needs: 'database',
  async run(patient) {
    try {
      patient.instances = await readInstances(patient.db);
    } catch (error) {
      if (!hasState(error, 'forbidden')) throw error;
      return warn('instances_unreadable', 'this role may not read the table of instances', GRANT);
    }
    const { instances } = patient;
    const list = instances.map(({ name, version, role }) => `${name} ${version}${role === 'all' ? '' : ` (${role})`}`);
    const findings: Finding[] = [ok('instances_list', list.length === 0 ? 'none has reported' : list.join(', '))];
    for (const { what, text } of differencesOf(instances)) {
      if (what === 'version')
        findings.push(
          warn(
            'instances_versions',
            `they run different releases: ${text}`,
            'nothing to do during a deployment; otherwise deploy the same release everywhere',
          ),
        );
      else if (what === 'INSTANCE_NAME')
        findings.push(fail('instances_same_name', text, 'give each an INSTANCE_NAME of its own, or none'));
      else findings.push(fail('instances_differ', `${what} differs: ${text}`, ALIKE));
    }
    const leader = livingLeader(await readLeadership(patient.db));
    if (leader !== null && !instances.some(({ name }) => name === leader) && patient.database?.kind === 'postgres')
      findings.push(
        warn(
          'instances_leader_unknown',
          `${leader} leads but has not reported: it runs an older release, or may not write the table of instances`,
          `deploy this release there; ${GRANT}`,
        ),
      );
    return findings;
  },
};
