import { isMet, median, type Result, type Target } from './scenario.ts';

const VERDICTS = new Map([
  [true, 'met'],
  [false, 'NOT MET'],
  [null, ''],
]);

/** One line per target, for people. */
export function table(results: readonly Result[], runs: number): string {
  const header = [
    'scenario',
    'target',
    'bound',
    ...Array.from({ length: runs }, (_, i) => `run ${i + 1}`),
    'median',
    '',
  ];
  const rows = results.flatMap((result) =>
    result.scenario.targets.map((target) => [
      result.scenario.name,
      target.name,
      target.atMost === null ? '' : `<= ${target.atMost}${target.unit === '' ? '' : ` ${target.unit}`}`,
      ...result.runs.map((figures) => figure(figures?.[target.name] ?? null, target)),
      figure(median(target, result), target),
      VERDICTS.get(isMet(target, result)) ?? '',
    ]),
  );
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  // Words to the left, figures to the right.
  const line = (cells: string[]): string =>
    cells
      .map((cell, i) => (i < 2 || i === cells.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

export function figure(value: number | null, { unit }: Target): string {
  if (value === null) return 'failed';
  return unit === '' && Number.isInteger(value) ? String(value) : value.toFixed(value < 100 ? 1 : 0);
}
