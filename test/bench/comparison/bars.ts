import { element } from '../../support/svg.ts';
import { chart, LogAxis, label } from './chart.ts';
import { medianOf, type Outcome } from './comparison.ts';
import { nameOf } from './curves.ts';
import { origin, originHeight } from './origin.ts';
import { amount, noteOf } from './report.ts';
import { betterOf, outcomesOf, type Results } from './results.ts';

const LEFT = 150;
const RIGHT = 690;
const TOP = 82;
const ROW = 46;
/** Below the last bar. */
const ORIGIN = 48;

/** The bell: a bar for 10,000 stages and a paler one for 100,000, until the last one is done. */
export function bars(results: Results): string {
  const names = new Set(outcomesOf(results, 'bell').map(({ name }) => name));
  const rows = [...names]
    .flatMap((name) => betterOf(results, 'bell', name, 'last') ?? [])
    .sort((a, b) => (medianOf(a, 'last') ?? Infinity) - (medianOf(b, 'last') ?? Infinity));
  const axis = new LogAxis(1, 5, LEFT, RIGHT);
  const bottom = TOP + rows.length * ROW;
  const drawn = rows.flatMap((outcome, i) => {
    const y = TOP + i * ROW;
    const great = outcomesOf(results, 'great-bell').find(
      (one) => one.name === outcome.name && one.setting === outcome.setting,
    );
    const style = outcome.name === 'stagebell' ? 'own' : '';
    return [
      label(LEFT - 10, y + 24, nameOf(outcome), style, 'end'),
      bar(axis, y + 5, outcome, style, ''),
      ...(great === undefined ? [] : [bar(axis, y + 22, great, style, 'pale')]),
    ];
  });
  return chart(bottom + ORIGIN + originHeight(results), 'Stages due at one instant: time until the last is done', [
    label(16, 28, 'All due at one instant: until the last one is done', 'title'),
    label(16, 50, '10,000 stages, and below it, paler, 100,000 (log scale). Left is better', 'small'),
    ...axis.grid(TOP - 6, bottom),
    ...drawn,
    ...origin(results, bottom + ORIGIN),
  ]);
}

function bar(axis: LogAxis, y: number, outcome: Outcome, style: string, tone: string): string {
  const ms = medianOf(outcome, 'last');
  if (ms === null) return label(LEFT + 6, y + 12, (noteOf(outcome) ?? 'failed').split(':', 1)[0] ?? '', 'small');
  const colour = { stagebell: 'c0', floor: 'c1', 'floor-rows': 'c1' }[outcome.name] ?? 'c2';
  const width = axis.at(ms) - LEFT;
  return [
    element('rect', { class: `${tone} ${colour}`, x: LEFT, y, width, height: 15, rx: 2 }),
    label(LEFT + width + 8, y + 12, amount(ms, 'ms'), style),
  ].join('');
}
