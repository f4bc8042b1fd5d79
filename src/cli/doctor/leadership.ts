import { livingLeader, readLeadership } from '../../db/leading/leadership-row.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** A heartbeat later than this was missed: the leader is gone, paused, or cannot reach the database. */
const MISSED_LEASES = 1.5;

export const leadership: Check = {
  name: 'leadership',
  needs: 'database',
  async run(patient) {
    const found = await readLeadership(patient.db);
    const { instance, epoch, heartbeatAgeMs, leaseMs } = found;
    // We hold the folder, so no service is running.
    if (patient.database?.kind === 'embedded') return ok('leadership_embedded', 'embedded: the running service leads');
    patient.leader = livingLeader(found);
    if (instance === null || heartbeatAgeMs === null)
      return fail('leadership_nobody', 'nobody leads', 'start an instance with ROLE=all or ROLE=clock');
    const text = `${instance}, term ${epoch}, heartbeat ${Math.round(heartbeatAgeMs)} ms ago`;
    if (patient.leader === null)
      return fail(
        'leadership_gone',
        `${text}: it is gone and nobody has taken over`,
        patient.cannotWrite === null
          ? 'start an instance with ROLE=all or ROLE=clock'
          : 'mend "writes": a running instance then leads within a second',
      );
    if (heartbeatAgeMs > MISSED_LEASES * leaseMs)
      return warn(
        'leadership_late',
        `${text}, with a lease of ${leaseMs} ms: it is gone, paused, or cannot reach the database`,
        "look at the leader's host; another instance takes over within a lease, or within three and a half without Redis; if there is no other, start one",
      );
    return ok('leadership_ok', text);
  },
};
