import type { Comparison } from './comparison.ts';
import { api } from './scenarios/api.ts';
import { bell, greatBell } from './scenarios/bell.ts';
import { idle } from './scenarios/idle.ts';
import { million } from './scenarios/million.ts';
import { overdue } from './scenarios/overdue.ts';
import { soon } from './scenarios/soon.ts';
import { spread } from './scenarios/spread.ts';
import { storm } from './scenarios/storm.ts';
import { takeover } from './scenarios/takeover.ts';

/** In the order in which they run and are shown. */
export const COMPARISONS: readonly Comparison[] = [
  spread,
  soon,
  bell,
  greatBell,
  overdue,
  storm,
  takeover,
  million,
  idle,
  api,
];
