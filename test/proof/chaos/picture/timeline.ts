import { element, text } from '../../../support/svg.ts';
import type { History } from '../../checker/history.ts';
import type { FaultRecord } from '../nemesis.ts';
import { bellsOf, legend, scatter, strokes } from './bells.ts';
import { background, type Lane, shades, termBars } from './lanes.ts';
import { Scale } from './scale.ts';
import { STYLE } from './style.ts';

const TOP = 56;
const GAP = 6;

/** The run as a picture: who led when, what was broken when, and how late each bell was. */
export function timeline(history: History, faults: readonly FaultRecord[], name: string): string {
  const scale = new Scale(history.startedMs, history.endedMs);
  const { instances, servers, plot, bottom } = lanes();
  const bells = bellsOf(history.transitions);
  const all = [...instances, ...servers];
  const content = [
    element('style', {}, STYLE),
    element('rect', { class: 'paper', width: scale.width, height: bottom }),
    text({ class: 'heading', x: Scale.left, y: 22 }, `${name}: terms, faults, and how late bells were`),
    legend(Scale.left, 42),
    ...[...all, plot].map((lane) => background(lane, scale.width)),
    ...scale.ticks.map(({ atMs, label }) => tick(scale.x(atMs), label, bottom)),
    ...all.map((lane) => shades(lane, faults, scale)),
    ...instances.map((lane) => strokes(lane, bells, scale) + termBars(lane, history.terms, scale)),
    scatter(plot, bells, scale),
    upright('healed', scale.x(history.healedMs), bottom),
  ];
  const size = { width: scale.width, height: bottom, viewBox: `0 0 ${Math.ceil(scale.width)} ${bottom}` };
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size }, content.join('\n'))}\n`;
}

function lanes(): { instances: Lane[]; servers: Lane[]; plot: Lane; bottom: number } {
  let top = TOP;
  const next = (name: string, height: number): Lane => {
    const lane = { name, top, height };
    top += height + GAP;
    return lane;
  };
  const instances = ['i1', 'i2', 'i3'].map((name) => next(name, 60));
  const servers = ['postgres', 'redis1', 'redis2', 'redis3'].map((name) => next(name, 16));
  const plot = next('', 160);
  return { instances, servers, plot, bottom: top + 24 };
}

const upright = (name: string, x: number, bottom: number): string =>
  element('line', { class: name, x1: x, x2: x, y1: TOP, y2: bottom - 24 });

const tick = (x: number, label: string, bottom: number): string =>
  upright('grid', x, bottom) + text({ class: 'tick', x, y: bottom - 8 }, label);
