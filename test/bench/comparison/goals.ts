import { KILLS } from '../scenarios/take-over.ts';
import { type Figure, medianOf } from './comparison.ts';
import { betterOf, outcomesOf, type Results } from './results.ts';

/** Something that Stagebell is to reach, beside what the others reached in the same run. */
export interface Goal {
  scenario: string;
  what: string;
  unit: Figure['unit'];
  /** The bound is a least one; a most one where it does not say. */
  isLeast?: boolean;
  value(found: Found): number | null;
  /** Inclusive; null where what it is a part of was not measured. */
  bound(found: Found): number | null;
}

export interface Judged {
  goal: Goal;
  bound: number | null;
  value: number | null;
  /** null: not measured in this run, or nothing to compare with. */
  isMet: boolean | null;
}

/** Medians by entry and figure, of one scenario. */
type Found = (name: string, figure: string, scenario?: string) => number | null;

const QUEUES = ['bullmq', 'pg-boss', 'graphile-worker', 'agenda'];
const ALTERNATIVES = [...QUEUES, 'node-schedule', 'poller'];

const times = (factor: number, value: number | null): number | null => (value === null ? null : factor * value);
const own =
  (figure: string) =>
  (found: Found): number | null =>
    found('stagebell', figure);
const fixed = (bound: number) => (): number => bound;
const leastOf =
  (factor: number, names: readonly string[], figure: string) =>
  (found: Found): number | null => {
    const values = names.map((name) => found(name, figure)).filter((value) => value !== null);
    return values.length === 0 ? null : factor * Math.min(...values);
  };

export const GOALS: readonly Goal[] = [
  {
    scenario: 'spread',
    what: 'p50, 1.5 x the floor',
    unit: 'ms',
    value: own('p50'),
    bound: (found) => times(1.5, found('floor', 'p50')),
  },
  { scenario: 'spread', what: 'p99', unit: 'ms', value: own('p99'), bound: fixed(5) },
  {
    scenario: 'spread',
    what: "p99, 1/10 of the best queue's",
    unit: 'ms',
    value: own('p99'),
    bound: leastOf(1 / 10, QUEUES, 'p99'),
  },
  { scenario: 'spread', what: 'early', unit: '', value: own('early'), bound: fixed(0) },
  { scenario: 'soon', what: 'p99', unit: 'ms', value: own('p99'), bound: fixed(10) },
  ...bellGoals('bell'),
  ...bellGoals('great-bell'),
  { scenario: 'storm', what: 'lateness p99', unit: 'ms', value: own('late p99'), bound: fixed(25) },
  { scenario: 'storm', what: 'PATCH p99', unit: 'ms', value: own('PATCH p99'), bound: fixed(50) },
  { scenario: 'idle', what: 'statements', unit: '/min', value: own('statements'), bound: fixed(30) },
  { scenario: 'idle', what: 'Redis commands', unit: '/min', value: own('Redis commands'), bound: fixed(120) },
  { scenario: 'million', what: 'leading and armed', unit: 'ms', value: own('ready'), bound: fixed(1500) },
  { scenario: 'million', what: 'memory', unit: 'MB', value: own('memory'), bound: fixed(160) },
  {
    scenario: 'overdue',
    what: '1.5 x the bell of the same size',
    unit: 'ms',
    value: own('last'),
    bound: (found) => times(1.5, found('stagebell', 'last', 'great-bell')),
  },
  ...KILLS.map(
    ({ name }): Goal => ({
      scenario: 'takeover',
      what: `${name}: the latest bell`,
      unit: 'ms',
      value: own(name),
      bound: fixed(80),
    }),
  ),
  { scenario: 'takeover', what: 'SIGTERM: the latest bell', unit: 'ms', value: own('SIGTERM'), bound: fixed(100) },
  ...['GET', 'PATCH'].map(
    (verb): Goal => ({
      scenario: 'api',
      what: `${verb}, 70 % of the floor`,
      unit: '/s',
      isLeast: true,
      value: own(verb),
      bound: (found) => times(0.7, found('floor', verb)),
    }),
  ),
];

function bellGoals(scenario: string): Goal[] {
  return [
    {
      scenario,
      what: 'last, 1.3 x the floor with the same rows',
      unit: 'ms',
      value: own('last'),
      bound: (found) => times(1.3, found('floor-rows', 'last')),
    },
    {
      scenario,
      what: "last, 1/3 of the best alternative's",
      unit: 'ms',
      value: own('last'),
      bound: leastOf(1 / 3, ALTERNATIVES, 'last'),
    },
  ];
}

/** Each goal whose scenario was measured on Stagebell. A run that failed misses it. */
export function judge(results: Results): Judged[] {
  return GOALS.filter(({ scenario }) => outcomesOf(results, scenario).some(({ name }) => name === 'stagebell')).map(
    (goal) => {
      // The better of two settings: a goal against the other would be cheap.
      const found: Found = (name, figure, scenario = goal.scenario) =>
        medianOf(betterOf(results, scenario, name, figure), figure);
      const bound = goal.bound(found);
      const value = goal.value(found);
      const isWithin = (a: number, b: number): boolean => (goal.isLeast ? a >= b : a <= b);
      return { goal, bound, value, isMet: bound === null ? null : value !== null && isWithin(value, bound) };
    },
  );
}
