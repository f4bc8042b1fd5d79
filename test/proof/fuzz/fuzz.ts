import { POSTGRES_VARIABLE } from '../../support/postgres.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { Usage } from '../../support/usage.ts';
import { Campaign } from './campaign.ts';

/**
 * `npm run fuzz -- --seed N --seconds S [--on postgres,embedded]`: requests of every shape against a real service.
 * Ends with 1 when one shows a fault; each is printed with the seed and, where it is one request, as curl.
 */
const DATABASES = ['postgres', 'embedded'] as const;
const usage: Usage = new Usage('npm run fuzz -- [--seed N] [--seconds 60] [--on postgres,embedded]');
const { values } = usage.read({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seconds: { type: 'string', default: '60' },
    on: { type: 'string', default: DATABASES.join(',') },
  },
});
const seed = usage.whole('seed', values.seed, 0);
const seconds = usage.whole('seconds', values.seconds);
const asked = usage.names('on', values.on, DATABASES);
const cluster = process.env[POSTGRES_VARIABLE] === undefined ? await PostgresServer.start() : null;
if (cluster !== null) process.env[POSTGRES_VARIABLE] = cluster.url;
let faults = 0;
for (const on of DATABASES) {
  if (!asked.includes(on)) continue;
  const options = { seed, seconds, on, say: console.log };
  const report = await new Campaign(options).run();
  const statuses = [...report.byStatus].sort(([a], [b]) => a - b).map(([status, count]) => `${count} x ${status}`);
  console.log(
    `seed ${seed} on ${on}: ${report.requests} requests (${statuses.join(', ')}), slowest answer ${Math.round(report.worstMs)} ms, longest standstill ${Math.round(report.worstStandstillMs)} ms, ${report.faults.length} faults`,
  );
  faults += report.faults.length;
}
await cluster?.remove();
process.exitCode = faults === 0 ? 0 : 1;
