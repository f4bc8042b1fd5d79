import type { Setting } from '../contenders/contender.ts';

/** One line of the comparison: a contender at a setting. Who has one setting only names none. */
export interface Entry {
  name: string;
  setting: Setting | null;
  /** What handing over one stage may take at the worst, so that a bell is set far enough ahead. */
  scheduleMs: number;
  /** By scenario: why it does not take part. A reason, because a gap in a table reads like a favour. */
  absent?: Record<string, string>;
}

const NO_BULK = 'adds jobs one by one: 1,000,000 take most of an hour';
const BY_ITS_BELL = 'not tried: see its bell of 10,000';

export const ENTRIES: readonly Entry[] = [
  { name: 'stagebell', setting: null, scheduleMs: 0.1 },
  {
    name: 'floor',
    setting: null,
    scheduleMs: 0.05,
    absent: { overdue: 'has a statement for each instant; floor-rows is the floor here' },
  },
  { name: 'floor-rows', setting: null, scheduleMs: 0.1 },
  ...both({ name: 'bullmq', scheduleMs: 0.5 }),
  ...both({ name: 'pg-boss', scheduleMs: 0.2 }),
  ...both({ name: 'graphile-worker', scheduleMs: 0.2 }),
  ...both({
    name: 'agenda',
    scheduleMs: 6,
    absent: { 'great-bell': BY_ITS_BELL, overdue: BY_ITS_BELL, million: NO_BULK },
  }),
  {
    name: 'node-schedule',
    setting: null,
    // One sorted list: each of many jobs at one instant walks past all the others.
    scheduleMs: 1,
    absent: { 'great-bell': BY_ITS_BELL },
  },
  { name: 'poller', setting: null, scheduleMs: 0.05, absent: { 'great-bell': BY_ITS_BELL } },
];

/** The defaults sit out the long ones, which only repeat what the short ones said of them. */
function both(contender: Omit<Entry, 'setting'>): Entry[] {
  const why = 'the best setting stands for both';
  const absent = { 'great-bell': BY_ITS_BELL, overdue: BY_ITS_BELL, million: why };
  return [
    { ...contender, setting: 'best' },
    { ...contender, setting: 'defaults', absent: { ...absent, ...contender.absent } },
  ];
}

/** `bullmq`, or `bullmq (defaults)`: the best setting needs no word. */
export function labelOf({ name, setting }: Pick<Entry, 'name' | 'setting'>): string {
  return setting === 'defaults' ? `${name} (defaults)` : name;
}
