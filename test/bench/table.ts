import { isMet, median, type Result, type Target } from './scenario.ts';

export const VERDICTS: ReadonlyMap<boolean | null, string> = new Map<boolean | null, string>([
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
  // Words to the left, figures to the right.
  return columns([header, ...rows], (column) => column >= 2 && column < header.length - 1);
}

/** Cells under each other. @param isRight which columns are set to the right; none by default */
export function columns(rows: readonly string[][], isRight: (column: number) => boolean = () => false): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const pad = (cell: string, i: number): string =>
    isRight(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

export function figure(value: number | null, { unit }: Target): string {
  if (value === null) return 'failed';
  return unit === '' && Number.isInteger(value) ? String(value) : value.toFixed(value < 100 ? 1 : 0);
}
