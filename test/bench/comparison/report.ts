import { columns, VERDICTS } from '../table.ts';
import { type Comparison, type Figure, type Measured, medianOf, type Outcome } from './comparison.ts';
import { labelOf } from './entry.ts';
import { judge } from './goals.ts';
import { outcomesOf, type Results } from './results.ts';
import { COMPARISONS } from './scenarios.ts';

/** One table of all figures, medians of their runs, and below it the goals. For a terminal. */
export function summary(results: Results): string {
  const rows = COMPARISONS.flatMap((comparison) =>
    outcomesOf(results, comparison.name).map((outcome) => [
      comparison.name,
      labelOf(outcome),
      ...medians(comparison, outcome),
    ]),
  );
  const goals = judge(results).map(({ goal, bound, value, isMet }) => [
    goal.scenario,
    goal.what,
    bound === null ? 'not judged' : `${goal.isLeast ? '>=' : '<='} ${amount(bound, goal.unit)}`,
    amount(value, goal.unit),
    VERDICTS.get(isMet) ?? '',
  ]);
  const size = results.size === 1 ? '' : `\nOnly ${results.size} of the work was done: these are no results.`;
  return [columns(rows), '', columns(goals), size].join('\n');
}

/** What a run found, in one line. */
export function shown(comparison: Comparison, { figures, note }: Measured): string {
  const found = comparison.figures
    .filter(({ name }) => figures[name] !== undefined)
    .map((figure) => `${figure.name} ${amount(figures[figure.name] ?? null, figure.unit)}`);
  return [...found, ...(note === undefined ? [] : [note])].join(', ');
}

/** A cell for each figure, or one that says why there is none. */
function medians(comparison: Comparison, outcome: Outcome): string[] {
  const note = noteOf(outcome);
  if (note !== undefined) return [note];
  return comparison.figures.map((figure) => `${figure.name} ${amount(medianOf(outcome, figure.name), figure.unit)}`);
}

export function noteOf(outcome: Outcome): string | undefined {
  return outcome.runs.find(({ note }) => note !== undefined)?.note;
}

/** The same for docs/benchmarks.md. */
export function markdown(results: Results): string {
  const tables = COMPARISONS.filter(({ name }) => outcomesOf(results, name).length > 0).map((comparison) => {
    const { name, title, figures } = comparison;
    const lines = outcomesOf(results, name).map((outcome) => {
      const label = outcome.name === 'stagebell' ? '**stagebell**' : labelOf(outcome);
      const note = noteOf(outcome);
      const cells = figures.map((figure) => amount(medianOf(outcome, figure.name), figure.unit));
      return `| ${label} | ${note === undefined ? cells.join(' | ') : [note, ...cells.slice(1).map(() => '')].join(' | ')} |`;
    });
    const head = `| | ${figures.map((figure) => figure.name).join(' | ')} |\n|---|${figures.map(() => '---:|').join('')}`;
    return `### ${name}\n\n${title}.\n\n${head}\n${lines.join('\n')}`;
  });
  const goals = judge(results).map(({ goal, bound, value, isMet }) => {
    const limit = bound === null ? 'not judged' : `${goal.isLeast ? '≥' : '≤'} ${amount(bound, goal.unit)}`;
    return `| ${goal.scenario} | ${goal.what} | ${limit} | ${amount(value, goal.unit)} | ${VERDICTS.get(isMet)} |`;
  });
  return [
    ...tables,
    `### Goals\n\n| scenario | goal | bound | measured | |\n|---|---|---:|---:|---|\n${goals.join('\n')}`,
  ].join('\n\n');
}

/** With its unit; as many digits as mean something. */
export function amount(value: number | null, unit: Figure['unit']): string {
  if (value === null || Number.isNaN(value)) return '-';
  if (unit === 'ms' && value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  const digits = unit === 'ms' && value < 10 ? 1 : 0;
  const text = value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return unit === '' || unit.startsWith('/') ? `${text}${unit}` : `${text} ${unit}`;
}
