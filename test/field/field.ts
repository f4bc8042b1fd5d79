import { parseArgs } from 'node:util';
import { writeFigures } from '../bench/page.ts';
import { DEPLOYMENTS } from './deployments/all.ts';
import { Ground } from './ground.ts';
import { type Row, runRow } from './row.ts';
import { failures, table } from './table.ts';

/**
 * `npm run field`: every behaviour on every deployment, one after the other, and a table at the end. Exit
 * code 1 when a cell is not as expected.
 *
 *     npm run field -- --only PgBouncer --slack 500
 *     npm run field -- --publish            writes the table into docs/reliability.md
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    /** What a busy machine may add to each bound, milliseconds. */
    slack: { type: 'string', default: '0' },
    publish: { type: 'boolean', default: false },
  },
});

const ground = new Ground();
const rows: Row[] = [];
try {
  for (const deployment of DEPLOYMENTS) {
    if (values.only?.some((word) => deployment.name.includes(word)) === false) continue;
    const from = performance.now();
    const row = await runRow(deployment, ground, { isShort: false, slackMs: Number(values.slack) });
    rows.push(row);
    const said = failures([row]);
    const verdict = row.missing === undefined ? (said.length === 0 ? '✔' : '✘') : '-';
    console.log(
      `${verdict} ${deployment.name} (${((performance.now() - from) / 1000).toFixed(1)} s) ${row.missing ?? ''}`,
    );
    for (const line of said) console.log(`    ${line}`);
  }
} finally {
  await ground.close();
}
console.log(`\n${table(rows)}\n`);
const failed = failures(rows).length;
console.log(`${rows.length} deployments, ${failed} cells are not as expected`);
if (values.publish) publish();
process.exitCode = failed === 0 ? 0 : 1;

function publish(): void {
  const command = 'npm run field -- --publish';
  writeFigures(
    'reliability.md',
    command,
    `Command: \`${command}\`. Date: ${new Date().toISOString().slice(0, 10)}.\n\n${table(rows)}`,
  );
}
