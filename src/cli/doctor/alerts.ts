import { hasState } from '../../base/sqlstate.ts';
import { readOpenAlerts } from '../../db/read/alerts.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

/** The alerts that are open. */
export const alerts: Check = {
  name: 'alerts',
  needs: 'database',
  async run({ db }) {
    try {
      const open = await readOpenAlerts(db);
      const findings = open.map(({ kind, subject, severity, cause, cure, detail, raisedMs }): Finding => {
        const text = `${kind}${subject && ` ${subject}`}: ${cause}${detail && ` (${detail})`}; since ${new Date(raisedMs).toISOString()}`;
        return (severity === 'critical' ? fail : warn)(`alert_${kind}`, text, cure);
      });
      return findings.length > 0 ? findings : ok('alerts_none', 'none is open');
    } catch (error) {
      // Older tables: the check of the schema says so.
      if (hasState(error, 'noTable')) return [];
      if (!hasState(error, 'forbidden')) throw error;
      return warn(
        'alerts_unreadable',
        'this role may not read the table of alerts',
        'GRANT SELECT ON alert, alert_event TO the role of DATABASE_URL',
      );
    }
  },
};
