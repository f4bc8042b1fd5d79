import { BEHAVIOURS, type Row } from './row.ts';

/** One line per deployment, one column per behaviour. */
export function table(rows: readonly Row[]): string {
  const names = BEHAVIOURS.map(({ name }) => name);
  return [
    `| deployment | ${names.join(' | ')} |`,
    `|---|${names.map(() => '---|').join('')}`,
    ...rows.map((row) => `| ${row.deployment} | ${cells(row, names).join(' | ')} |`),
  ].join('\n');
}

function cells({ cells, missing }: Row, names: readonly string[]): string[] {
  if (missing !== undefined) return [`not tried: ${missing}`, ...names.slice(1).map(() => '')];
  const other = cells.filter(({ behaviour }) => !names.includes(behaviour));
  return names.map((name, i) => {
    const cell = cells.find(({ behaviour }) => behaviour === name) ?? (i === 0 ? other[0] : undefined);
    if (cell === undefined) return '';
    return cell.isOk ? cell.text : '**fails**';
  });
}

/** What fails, and why, one line each. */
export function failures(rows: readonly Row[]): string[] {
  return rows.flatMap(({ deployment, cells }) =>
    cells.filter(({ isOk }) => !isOk).map(({ behaviour, text }) => `${deployment}: ${behaviour}: ${text}`),
  );
}
