import { Usage } from '../support/usage.ts';
import { Bench } from './bench.ts';
import { batches } from './capacity/batches.ts';
import { bursts } from './capacity/bursts.ts';
import { changes } from './capacity/changes.ts';
import { edits } from './capacity/edits.ts';
import { instances } from './capacity/instances.ts';
import { instants } from './capacity/instants.ts';
import { record } from './capacity/record.ts';
import type { Capacity, Series, Table } from './capacity/series.ts';
import { stages } from './capacity/stages.ts';
import { steps } from './capacity/steps.ts';
import { describeMachine, listed } from './machine.ts';
import { writeFigures } from './page.ts';
import { columns } from './table.ts';

/**
 * `npm run capacity`: how costs grow with each amount, on servers that it starts itself. Exit code 2 for
 * wrong usage.
 *
 *     npm run capacity -- --series bursts,edits --size 0.1
 *     npm run capacity -- --publish                          # everything, into docs/capacity.md
 */
const ALL: readonly Series[] = [bursts, instants, stages, record, changes, batches, steps, edits, instances];

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  const bench = new Bench(1, (text) => console.log(`    ${text}`));
  try {
    const capacity: Capacity = {
      ...(await describeMachine(bench)),
      at: new Date().toISOString(),
      size: options.size,
      tables: [],
    };
    for (const series of options.series) capacity.tables.push(await measure(bench, series, options.size));
    if (options.isPublished) writeFigures('capacity.md', 'npm run capacity -- --publish', markdown(capacity));
    return 0;
  } finally {
    await bench.stop();
  }
}

async function measure(bench: Bench, series: Series, size: number): Promise<Table> {
  const { name, title } = series;
  const lines: string[][] = [];
  console.log(`\n${name}: ${title}`);
  for await (const line of series.lines(bench, size)) {
    lines.push(line);
    console.log(`    ${line.map((cell, i) => `${series.columns[i]} ${cell}`).join(', ')}`);
  }
  console.log(`\n${columns([[...series.columns], ...lines], () => true)}`);
  return { name, title, columns: series.columns, lines };
}

function markdown({ at, size, machine, versions, tables }: Capacity): string {
  const about = [
    `Machine: ${machine}, everything on it. Date: ${at.slice(0, 10)}. One run.`,
    ...(size === 1 ? [] : [`**Only ${size} of the work was done: these are no results.**`]),
    `Versions: ${listed(versions)}.`,
  ];
  const shown = tables.map(({ name, title, columns, lines }) =>
    [
      `### ${name}\n\n${title}.\n`,
      `| ${columns.join(' | ')} |`,
      `|${columns.map(() => '---:|').join('')}`,
      ...lines.map((line) => `| ${line.join(' | ')} |`),
    ].join('\n'),
  );
  return [...about, ...shown].join('\n\n');
}

interface Options {
  series: readonly Series[];
  size: number;
  isPublished: boolean;
}

function readOptions(): Options {
  const names = ALL.map(({ name }) => name);
  const usage: Usage = new Usage(`npm run capacity -- [--series ${names}] [--size 1] [--publish]`);
  const { values } = usage.read({
    options: {
      series: { type: 'string', default: names.join(',') },
      size: { type: 'string', default: '1' },
      publish: { type: 'boolean', default: false },
    },
  });
  const asked = usage.names('series', values.series, names);
  const size = Number(values.size);
  if (!(size > 0 && size <= 1)) usage.refuse('--size must be above 0, and 1 at most');
  if (values.publish && asked.length < ALL.length)
    usage.refuse('--publish writes the whole page, so all series are needed');
  return { series: ALL.filter(({ name }) => asked.includes(name)), size, isPublished: values.publish };
}
