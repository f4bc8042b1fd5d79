import { BEHAVIOURS, REFUSES, type Row } from './row.ts';

/** Where it works: one line per deployment, one column per behaviour. And then where it does not, and what it says. */
export function tables(rows: readonly Row[]): string {
  const refusing = rows.filter(isRefusal);
  const names = BEHAVIOURS.map(({ name }) => name);
  return [
    header(['deployment', ...names]),
    ...rows.filter((row) => !isRefusal(row)).map((row) => line([row.deployment, ...cells(row, names)])),
    ...(refusing.length === 0 ? [] : ['', header(['deployment', 'refuses, and says'])]),
    ...refusing.map(({ deployment, cells: [cell] }) => line([deployment, cell?.isOk ? cell.text : '**fails**'])),
  ].join('\n');
}

const isRefusal = ({ cells }: Row): boolean => cells.some(({ behaviour }) => behaviour === REFUSES);

function cells({ cells, missing }: Row, names: readonly string[]): string[] {
  if (missing !== undefined) return [`not tried: ${missing}`, ...names.slice(1).map(() => '')];
  const other = cells.filter(({ behaviour }) => !names.includes(behaviour));
  return names.map((name, i) => {
    const cell = cells.find(({ behaviour }) => behaviour === name) ?? (i === 0 ? other[0] : undefined);
    if (cell === undefined) return '';
    return cell.isOk ? cell.text : '**fails**';
  });
}

const line = (texts: readonly string[]): string =>
  `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
const header = (names: readonly string[]): string => `${line(names)}\n|${names.map(() => '---|').join('')}`;

/** What fails, and why, one line each. */
export function failures(rows: readonly Row[]): string[] {
  return rows.flatMap(({ deployment, cells }) =>
    cells.filter(({ isOk }) => !isOk).map(({ behaviour, text }) => `${deployment}: ${behaviour}: ${text}`),
  );
}
