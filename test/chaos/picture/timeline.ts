import type { History } from '../../checker/history.ts';
import type { FaultRecord } from '../nemesis.ts';
import { bellsOf, legend, scatter, strokes } from './bells.ts';
import { background, type Lane, shades, termBars } from './lanes.ts';
import { Scale } from './scale.ts';
import { element, text } from './svg.ts';

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2430; --faint: #8a92a3; --lane: #f3f5f9; --grid: #dde2ec; --shade: #d9534f33;
  --odd: #4c6fbf; --even: #7a5fb5; --on-time: #2f9e63; --soon: #b58900; --later: #dd7316; --late: #c92a2a;
  background: var(--paper); font: 11px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #14171f; --ink: #e6e9f0; --faint: #8b93a5; --lane: #1d222d; --grid: #303747; --shade: #ff6b6b33;
    --odd: #6f92e6; --even: #a98bea; --on-time: #4cc38a; --soon: #e3b341; --later: #f59f53; --late: #ff6b6b; }
}
text { fill: var(--ink); } .name { text-anchor: end; fill: var(--faint); } .tick { text-anchor: middle; fill: var(--faint); }
.paper { fill: var(--paper); } .lane { fill: var(--lane); } .grid { stroke: var(--grid); } .shade { fill: var(--shade); }
.fault { font-size: 9px; } .epoch { font-size: 10px; fill: var(--paper); } .odd { fill: var(--odd); } .even { fill: var(--even); }
.healed { stroke: var(--on-time); stroke-dasharray: 4 3; } .title { font-size: 13px; font-weight: 600; }
.on-time { fill: var(--on-time); } .soon { fill: var(--soon); } .later { fill: var(--later); } .late { fill: var(--late); }`;

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
    text({ class: 'title', x: Scale.left, y: 22 }, `${name}: terms, faults, and how late bells were`),
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
