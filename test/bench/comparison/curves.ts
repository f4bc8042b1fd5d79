import { element, rounded } from '../../support/svg.ts';
import { QUANTILES } from '../record.ts';
import { chart, LogAxis, label, line, WIDTH } from './chart.ts';
import { middle, type Outcome } from './comparison.ts';
import { labelOf } from './entry.ts';
import { origin, originHeight } from './origin.ts';
import { amount } from './report.ts';
import { betterOf, type Results } from './results.ts';

const ORIGIN = 416;
const PLOT = { left: 52, right: 525, top: 62, bottom: 372 };

/** In the order of the colours: Stagebell, the floor, and the alternatives, each at the setting that does better here. */
const SHOWN = ['stagebell', 'floor', 'bullmq', 'agenda', 'graphile-worker', 'pg-boss', 'node-schedule', 'poller'];

/** How much of the work was done how late: a curve for each contender, the further left the better. */
export function curves(results: Results, comparison: string, title: string): string {
  const axis = new LogAxis(-1, 5, PLOT.left, PLOT.right);
  const shown = SHOWN.map((name, colour) => ({ colour, found: find(results, comparison, name) })).flatMap(
    ({ colour, found }) => (found === null ? [] : [{ colour, ...found }]),
  );
  const y = (quantile: number): number => PLOT.bottom - quantile * (PLOT.bottom - PLOT.top);
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((quantile) => [
    line(PLOT.left, y(quantile), PLOT.right, y(quantile)),
    label(PLOT.left - 8, y(quantile) + 4, `${quantile * 100} %`, 'small', 'end'),
  ]);
  // Stagebell last, so that it lies on top.
  const paths = [...shown].reverse().map(({ colour, quantiles }) => {
    const points = quantiles.map((ms, i) => `${rounded(axis.at(ms))},${rounded(y(QUANTILES[i] ?? 0))}`);
    return element('path', { class: `c${colour}`, d: `M${points.join('L')}` });
  });
  const legend = [...shown]
    .sort((a, b) => middleOf(a.quantiles) - middleOf(b.quantiles))
    .flatMap(({ colour, name, quantiles }, i) => {
      const at = PLOT.top + 26 + i * 34;
      const style = colour === 0 ? 'own' : '';
      return [
        element('path', { class: `c${colour}`, d: `M${PLOT.right + 22},${at - 4}h26` }),
        label(PLOT.right + 58, at, name, style),
        label(WIDTH - 74, at, amount(middleOf(quantiles), 'ms'), style, 'end'),
        label(WIDTH - 12, at, amount(quantiles[198] ?? null, 'ms'), style, 'end'),
      ];
    });
  return chart(ORIGIN + originHeight(results), `${title}, as cumulative curves`, [
    label(16, 28, title, 'title'),
    label(16, 48, 'share of the stages that were done at most so late, by the database’s clock (log scale)', 'small'),
    ...grid,
    ...axis.grid(PLOT.top, PLOT.bottom),
    label(WIDTH - 74, PLOT.top + 2, 'p50', 'small', 'end'),
    label(WIDTH - 12, PLOT.top + 2, 'p99', 'small', 'end'),
    ...paths,
    ...legend,
    ...origin(results, ORIGIN),
  ]);
}

const middleOf = (quantiles: readonly number[]): number => quantiles[(quantiles.length - 1) / 2] ?? Number.NaN;

/** The median of its runs at each quantile. */
function find(results: Results, comparison: string, name: string): { name: string; quantiles: number[] } | null {
  const outcome = betterOf(results, comparison, name, 'p99');
  const runs = (outcome?.runs ?? []).flatMap(({ quantiles }) => (quantiles === undefined ? [] : [quantiles]));
  if (outcome === undefined || runs.length === 0) return null;
  return {
    name: nameOf(outcome),
    quantiles: QUANTILES.map((_, i) => middle(runs.map((run) => run[i] ?? Number.NaN))),
  };
}

export function nameOf(outcome: Outcome): string {
  const names: Record<string, string> = {
    stagebell: 'Stagebell',
    floor: 'bare setTimeout',
    'floor-rows': 'floor, same rows',
    bullmq: 'BullMQ',
    'graphile-worker': 'Graphile Worker',
    agenda: 'Agenda',
    poller: '1-minute poller',
  };
  return names[outcome.name] ?? labelOf(outcome);
}
