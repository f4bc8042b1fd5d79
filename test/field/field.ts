import { cpus } from 'node:os';
import { writeFigures } from '../bench/page.ts';
import { Usage } from '../support/usage.ts';
import type { Deployment } from './deployment.ts';
import { DEPLOYMENTS } from './deployments/all.ts';
import { Ground } from './ground.ts';
import { AT_ONCE, type Form, type Row, runRow, SHORT_FORM } from './row.ts';
import { failures, tables } from './table.ts';

/**
 * `npm run field`: every behaviour on every deployment, one after the other, and tables at the end. Exit
 * code 1 when a cell is not as expected.
 *
 *     npm run field -- --only PgBouncer --slack 500
 *     npm run field -- --at-once 2          side by side; what fails so is tried again alone
 *     npm run field -- --short              less of it, as npm test does, several side by side
 *     npm run field -- --publish            writes them into docs/reliability.md
 */
const usage: Usage = new Usage(
  'npm run field -- [--only PART OF A NAME]... [--slack 0] [--at-once N] [--short] [--publish]',
);
const { values } = usage.read({
  options: {
    only: { type: 'string', multiple: true },
    /** What a busy machine may add to each bound, milliseconds. */
    slack: { type: 'string', default: '0' },
    'at-once': { type: 'string' },
    short: { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
  },
});

const form: Form = values.short ? SHORT_FORM : { isShort: false, slackMs: usage.whole('slack', values.slack, 0) };
const wanted = DEPLOYMENTS.filter(
  ({ name, isLong }) =>
    !(form.isShort && isLong && values.only === undefined) &&
    values.only?.some((word) => name.includes(word)) !== false,
);
if (wanted.length === 0) usage.refuse(`--only: no deployment has '${values.only?.join("' or '")}' in its name`);
const atOnce = usage.whole('at-once', values['at-once'] ?? String(form.isShort ? AT_ONCE : 1));
const ground = new Ground();
const found = new Map<Deployment, Row>();
try {
  const waiting = [...wanted];
  await Promise.all(Array.from({ length: atOnce }, () => runThese(waiting)));
  // Beside others a bound may have been missed by what they did.
  const again = atOnce === 1 ? [] : wanted.filter((deployment) => failures([found.get(deployment) as Row]).length > 0);
  if (again.length > 0) console.log('again, one after the other:');
  await runThese(again);
} finally {
  await ground.close();
}
const rows = wanted.flatMap((deployment) => found.get(deployment) ?? []);
console.log(`\n${tables(rows)}\n`);
const failed = failures(rows).length;
console.log(`${rows.length} deployments, ${failed} cells are not as expected`);
if (values.publish) publish();
process.exitCode = failed === 0 ? 0 : 1;

async function runThese(waiting: Deployment[]): Promise<void> {
  for (let deployment = waiting.shift(); deployment !== undefined; deployment = waiting.shift()) {
    const from = performance.now();
    const row = await runRow(deployment, ground, form);
    found.set(deployment, row);
    const said = failures([row]);
    const verdict = row.missing === undefined ? (said.length === 0 ? '✔' : '✘') : '-';
    const took = ((performance.now() - from) / 1000).toFixed(1);
    console.log(`${verdict} ${deployment.name} (${took} s) ${row.missing ?? ''}`);
    for (const line of said) console.log(`    ${line}`);
  }
}

function publish(): void {
  const command = ['npm run field --', ...process.argv.slice(2)].join(' ');
  const tried = rows.filter(({ missing }) => missing === undefined).length;
  const verdict = failed === 0 ? 'each cell as expected' : `${failed} cells not as expected`;
  const when = new Date().toISOString().slice(0, 10);
  const about = `One run of \`${command}\` on ${cpus().length} cores, ${when}: ${tried} of ${rows.length} deployments tried, ${verdict}.`;
  writeFigures('reliability.md', 'npm run field -- --publish', `${about}\n\n${tables(rows)}`);
}
