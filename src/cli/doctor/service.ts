import { type Check, fail, ok } from './check.ts';

const PATIENCE_MS = 1000;

/** What the service on this machine reports, if one answers: it sees what a connection from here cannot. */
export const service: Check = {
  name: 'service',
  needs: 'nothing',
  async run({ config }) {
    const { host, port } = config.http;
    const where = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
    const none = ok('service_elsewhere', `no service answers at ${where}: it runs elsewhere, or not at all`);
    if (port === 0) return none;
    try {
      const response = await fetch(`${where}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const { status, reasons, degraded } = (await response.json()) as {
        status?: string;
        reasons?: string[];
        degraded?: string[];
      };
      if (status === 'ready')
        return ok('service_ready', `${where} is ready${degraded?.length ? `, degraded: ${degraded.join(', ')}` : ''}`);
      if (status !== 'unavailable') return none;
      return fail(
        'service_not_ready',
        `${where} is not ready: ${(reasons ?? []).join('; ')}`,
        'see its log, which has the cure for each reason (degraded_on, waiting, migration_failed)',
      );
    } catch {
      return none;
    }
  },
};
