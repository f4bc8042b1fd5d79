import { api } from '../scenarios/api.ts';
import { bellCompared, greatBellCompared } from '../scenarios/bell.ts';
import { idleCompared } from '../scenarios/idle.ts';
import { overdueCompared } from '../scenarios/overdue.ts';
import { soonCompared } from '../scenarios/soon.ts';
import { spreadCompared } from '../scenarios/spread.ts';
import { million } from '../scenarios/start.ts';
import { storm } from '../scenarios/storm.ts';
import { takeover } from '../scenarios/take-over.ts';
import type { Comparison } from './comparison.ts';

/** In the order in which they run and are shown. */
export const COMPARISONS: readonly Comparison[] = [
  spreadCompared,
  soonCompared,
  bellCompared,
  greatBellCompared,
  overdueCompared,
  storm,
  takeover,
  million,
  idleCompared,
  api,
];
