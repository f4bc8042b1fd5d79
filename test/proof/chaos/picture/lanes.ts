import { element, text, title } from '../../../support/svg.ts';
import type { RecordedTerm } from '../../checker/history.ts';
import type { FaultRecord } from '../nemesis.ts';
import { Scale } from './scale.ts';

export interface Lane {
  name: string;
  top: number;
  height: number;
}

/** Narrower than this there is no room for words. */
const ROOM_PX = 26;

export const background = ({ name, top, height }: Lane, width: number): string =>
  element('rect', { class: 'lane', x: Scale.left, y: top, width: width - Scale.left - Scale.right, height }) +
  text({ class: 'name', x: Scale.left - 8, y: top + height / 2 + 4 }, name);

/** `redis` stands for all three of them, and a fault may have two targets. */
const isIn = ({ name }: Lane, { target }: FaultRecord): boolean =>
  target.split(', ').some((one) => one === name || (one === 'redis' && name.startsWith('redis')));

export function shades(lane: Lane, faults: readonly FaultRecord[], scale: Scale): string {
  return faults
    .filter((fault) => isIn(lane, fault))
    .map(({ kind, target, startedMs, undoneMs }) => {
      const x = scale.x(startedMs);
      const width = Math.max(2, scale.x(undoneMs) - x);
      const told = `${kind}: ${target}, ${((undoneMs - startedMs) / 1000).toFixed(1)} s`;
      const words = element(
        'svg',
        { x, y: lane.top, width, height: lane.height },
        text({ class: 'fault', x: 3, y: 10 }, kind),
      );
      const shade = element('rect', { class: 'shade', x, y: lane.top, width, height: lane.height }, title(told));
      return shade + (width > ROOM_PX ? words : '');
    })
    .join('');
}

export function termBars({ name, top, height }: Lane, terms: readonly RecordedTerm[], scale: Scale): string {
  return terms
    .filter(({ instance }) => instance === name)
    .map(({ epoch, startedMs, endedMs }) => {
      const x = scale.x(startedMs);
      const width = Math.max(1.5, scale.x(endedMs ?? scale.untilMs) - x);
      const bar = { class: epoch % 2 === 0 ? 'term even' : 'term odd', x, y: top + height - 18, width, height: 18 };
      const number = text({ class: 'epoch', x: x + 3, y: top + height - 5 }, String(epoch));
      return element('rect', bar, title(`term ${epoch} of ${name}`)) + (width > ROOM_PX ? number : '');
    })
    .join('');
}
