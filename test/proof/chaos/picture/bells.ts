import type { RecordedTransition } from '../../../support/record.ts';
import { element, text } from '../../../support/svg.ts';
import type { Lane } from './lanes.ts';
import { colourOf, LATENESS, Scale } from './scale.ts';

interface Bell {
  instance: string | null;
  atMs: number;
  latenessMs: number;
}

export const bellsOf = (transitions: readonly RecordedTransition[]): Bell[] =>
  transitions.flatMap(({ cause, instance, dueMs, occurredMs }) =>
    cause === 'edit' || dueMs === null ? [] : [{ instance, atMs: occurredMs, latenessMs: occurredMs - dueMs }],
  );

/** In the lane of who rang them: for each pixel of time the latest one. */
export function strokes({ name, top, height }: Lane, bells: readonly Bell[], scale: Scale): string {
  const latest = new Map<number, number>();
  for (const { instance, atMs, latenessMs } of bells) {
    if (instance !== name) continue;
    const x = Math.round(scale.x(atMs));
    latest.set(x, Math.max(latest.get(x) ?? 0, latenessMs));
  }
  return [...latest]
    .map(([x, ms]) => element('rect', { class: colourOf(ms), x, y: top + 14, width: 1.2, height: height - 34 }))
    .join('');
}

const MOST_MS = 30_000;
const GRID_MS = [1, 10, 100, 1000, 10_000];

/** Each bell by how late it was, on a logarithmic scale; those at one place once. */
export function scatter({ top, height }: Lane, bells: readonly Bell[], scale: Scale): string {
  const y = (ms: number): number =>
    top + height - (Math.log10(Math.min(MOST_MS, Math.max(1, ms))) / Math.log10(MOST_MS)) * height;
  const grid = GRID_MS.map(
    (ms) =>
      element('line', { class: 'grid', x1: Scale.left, x2: scale.width - Scale.right, y1: y(ms), y2: y(ms) }) +
      text({ class: 'name', x: Scale.left - 8, y: y(ms) + 4 }, ms < 1000 ? `${ms} ms` : `${ms / 1000} s`),
  );
  const dots = new Map<string, string>();
  for (const { atMs, latenessMs } of bells) {
    const at = { cx: Math.round(scale.x(atMs)), cy: Math.round(y(latenessMs)) };
    dots.set(`${at.cx} ${at.cy}`, element('circle', { class: colourOf(latenessMs), ...at, r: 1.6 }));
  }
  return grid.join('') + [...dots.values()].join('');
}

export function legend(x: number, y: number): string {
  return LATENESS.map(
    ({ name, label }, i) =>
      element('rect', { class: name, x: x + i * 90, y: y - 9, width: 10, height: 10 }) +
      text({ x: x + i * 90 + 15, y }, label),
  ).join('');
}
