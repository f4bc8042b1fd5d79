import { type Mutant, tests } from './mutant.ts';

const TIMERS_FILE = 'src/scheduler/timer-table.ts';

/** Sabotage of timers, and of the clocks that they are set by. */
export const TIMERS: readonly Mutant[] = [
  {
    name: 'no generation guard',
    breaks: 'a cancelled timer does nothing, whatever node-schedule makes of it',
    file: TIMERS_FILE,
    find: `const { atMs } = armed;
    if (this.#soon.get(atMs) !== armed) return;`,
    replace: 'const { atMs } = armed;',
    caughtBy: tests('scheduler/timer-table', 'does not ring for what was disarmed'),
  },
  {
    name: 'no generation guard in the last millisecond',
    breaks: 'a cancelled timer does nothing, even while its instant is approached',
    file: TIMERS_FILE,
    find: `    this.#approach.delete(atMs);
`,
    replace: '',
    caughtBy: tests('scheduler/timer-table', 'last millisecond'),
  },
  {
    name: 'looking at the clock beside a statement',
    breaks: 'PostgreSQL has the core while a statement is under way',
    file: 'src/scheduler/approach.ts',
    find: 'if (atMs === undefined || this.#isHeld) return;',
    replace: 'if (atMs === undefined) return;',
    caughtBy: tests('scheduler/approach', 'while it is held'),
  },
  {
    name: 'timers that a poor sample has set, left as they are',
    breaks: 'a timer fires before its instant, whatever the clock was thought to say when it was set',
    file: TIMERS_FILE,
    find: 'const MOST_WRONG_MS = BEFORE_MS / 2;',
    replace: 'const MOST_WRONG_MS = BEFORE_MS * 1.5;',
    caughtBy: tests('scheduler/timer-table', 'poor sample'),
  },
  {
    name: 'a sample that ages with each other one',
    breaks: 'many poor samples of the clock do not displace a good one',
    file: 'src/base/remote-clock.ts',
    find: 'if (uncertaintyMs > bestMs && !isContradiction) return;',
    replace: 'if (uncertaintyMs > bestMs && !isContradiction) return void (this.#uncertaintyMs += 0.05);',
    caughtBy: tests('base/remote-clock', 'many poor ones'),
  },
  {
    name: 'a turn for each look at the clock',
    breaks: 'the last millisecond leaves no garbage that is collected at the instant',
    file: 'src/base/clock.ts',
    find: 'const LOOKS_PER_TURN = 400;',
    replace: 'const LOOKS_PER_TURN = 1;',
    caughtBy: tests('base/clock', 'no garbage'),
  },
  {
    name: 'instants whose turn never comes',
    breaks: 'all armed instants fire, however few have a one-shot at a time',
    file: TIMERS_FILE,
    find: 'this.#soon.size < ONE_SHOTS && this.#later.size > 0',
    replace: 'this.#soon.size < 0',
    caughtBy: tests('scheduler/timer-table', 'more than one-shots'),
  },
  {
    name: 'steps back are not steps',
    breaks: 'a wall clock that was set back is noticed',
    file: 'src/scheduler/step-watch.ts',
    find: 'Math.abs(stepMs) >= STEP_MS',
    replace: 'stepMs >= STEP_MS',
    caughtBy: tests('scheduler/step-watch'),
  },
  {
    name: 'instants told by the wall clock of the host',
    breaks: 'a host whose clock is an hour wrong rings on time',
    file: 'src/base/remote-clock.ts',
    find: 'return this.#clock.monoMs() + this.#offsetMs;',
    replace: 'return this.#clock.wallMs();',
    caughtBy: tests('scheduler/timer-table', 'not by the wall clock'),
  },
];
