import { type Mutant, tests } from './mutant.ts';

const TIMERS = 'src/scheduler/timer-table.ts';
const PLANNER = 'src/scheduler/planner.ts';
const SCHEDULER = 'src/scheduler/scheduler.ts';

/** Sabotage of timers, planning and ringing. */
export const SCHEDULING: readonly Mutant[] = [
  {
    name: 'no look after ringing',
    breaks: 'a timer that fired too soon is armed again',
    file: SCHEDULER,
    find: 'if (this.#isReadyToPlan) this.#planner.touch(instants);',
    replace: 'if (this.#isReadyToPlan) return;',
    caughtBy: tests('story/g1-never-early', 'fires 40 ms too soon'),
  },
  {
    name: 'no second look at a row that was locked',
    breaks: 'SKIP LOCKED loses nothing',
    file: PLANNER,
    find: '} else this.#lookAgainSoon();',
    replace: '}',
    caughtBy: tests('scheduler/scheduler', 'looks again'),
  },
  {
    name: 'a look for each edit of a storm',
    breaks: 'a storm of edits to far instants is a few reads a second',
    file: PLANNER,
    find: 'this.#gatheredMs = this.#clock.monoMs();',
    replace: '',
    caughtBy: tests('scheduler/scheduler', 'in a storm of edits'),
  },
  {
    name: 'near instants wait with the far ones',
    breaks: 'an edit to an instant that is near is looked at at once',
    file: PLANNER,
    find: 'atMs > soonMs ? this.#gathered : this.#touched',
    replace: 'atMs > 0 ? this.#gathered : this.#touched',
    caughtBy: tests('scheduler/scheduler', 'in a storm of edits'),
  },
  {
    name: 'no generation guard',
    breaks: 'a cancelled timer does nothing, whatever node-schedule makes of it',
    file: TIMERS,
    find: `const { atMs } = armed;
    if (this.#soon.get(atMs) !== armed) return;`,
    replace: 'const { atMs } = armed;',
    caughtBy: tests('scheduler/timer-table', 'bring back'),
  },
  {
    name: 'no generation guard in the last millisecond',
    breaks: 'a cancelled timer does nothing, even while its instant is approached',
    file: TIMERS,
    find: `() => {
      if (this.#soon.get(atMs) !== armed) return;`,
    replace: '() => {',
    caughtBy: tests('scheduler/timer-table', 'last millisecond'),
  },
  {
    name: 'a turn for each look at the clock',
    breaks: 'the last millisecond leaves no garbage that is collected at the instant',
    file: 'src/base/clock.ts',
    find: 'const LOOKS_A_TURN = 400;',
    replace: 'const LOOKS_A_TURN = 1;',
    caughtBy: tests('base/clock', 'no garbage'),
  },
  {
    name: 'instants whose turn never comes',
    breaks: 'all armed instants fire, however few have a one-shot at a time',
    file: TIMERS,
    find: 'this.#soon.size < ONE_SHOTS && this.#later.size > 0',
    replace: 'this.#soon.size < 0',
    caughtBy: tests('scheduler/timer-table', 'than get a one-shot'),
  },
  {
    name: 'no sweep at the beginning of a term',
    breaks: 'what was missed comes first, and says so',
    file: SCHEDULER,
    find: `    this.#advancer.sweep();
  }

  get armed`,
    replace: `    this.#isReadyToPlan = true;
    this.#planner.resync();
  }

  get armed`,
    caughtBy: tests('scheduler/scheduler', 'begins with a sweep'),
  },
  {
    name: 'a sweep that does not plan anew',
    breaks: 'after a gap in hearing, LISTEN first and then read',
    file: SCHEDULER,
    find: '    this.#isReadyToPlan = false;\n',
    replace: '',
    caughtBy: tests('scheduler/scheduler', 'arms what it was not told of'),
  },
  {
    name: 'a failed advance is not tried again',
    breaks: 'G3 none lost: loops survive errors',
    file: 'src/scheduler/advancer.ts',
    find: 'this.#isWanted = true;\n      throw error;',
    replace: 'throw error;',
    caughtBy: tests('scheduler/scheduler', 'tries again'),
  },
  {
    name: 'a burst that ends with the first batch that fails',
    breaks: 'what is under way is waited for and counted',
    file: 'src/scheduler/advancer.ts',
    find: "if (result.status === 'rejected') failed = result;",
    replace: "if (result.status === 'rejected') throw result.reason;",
    caughtBy: tests('scheduler/scheduler', 'though a batch fails'),
  },
  {
    name: 'batches side by side without a gap',
    breaks: 'a take-over is not kept out by a long burst',
    file: 'src/scheduler/advancer.ts',
    find: 'if (number % ALONE_EVERY === 0) return;',
    replace: '',
    caughtBy: tests('scheduler/scheduler', 'take-over in between'),
  },
  {
    name: 'a horizon that is not refilled',
    breaks: 'what lies beyond the horizon rings at its instant too',
    file: PLANNER,
    find: 'this.#timers.size < this.#limit / 2',
    replace: 'this.#timers.size < 0',
    caughtBy: tests('scheduler/scheduler', 'refills its horizon'),
  },
  {
    name: 'dropping timers without lowering the horizon',
    breaks: 'what lies beyond the horizon rings at its instant too',
    file: PLANNER,
    find: 'if (this.#timers.trim(this.#limit)) this.#horizonMs = this.#timers.bounds?.lastMs ?? null;',
    replace: 'this.#timers.trim(this.#limit);',
    caughtBy: tests('scheduler/scheduler', 'forgets nothing'),
  },
  {
    name: 'timers that outlive their instants',
    breaks: 'what an edit took away is disarmed',
    file: PLANNER,
    find: 'this.#timers.retain(outstanding);',
    replace: '',
    caughtBy: tests('scheduler/scheduler', 'disarms what is gone'),
  },
  {
    name: 'a stop that does not wait',
    breaks: 'the lock is let go of when nothing is in flight any more',
    file: SCHEDULER,
    find: 'await Promise.all([this.#advancer.stop()',
    replace: 'void Promise.all([this.#advancer.stop()',
    caughtBy: tests('scheduler/scheduler', 'ends when the advance'),
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
  {
    name: 'LISTEN after the read',
    breaks: 'what is said between the two is missed',
    file: 'src/db/postgres-ears.ts',
    find: 'client.query(`LISTEN',
    replace: '(async (listen: string) => setTimeout(() => client.query(listen).catch(() => {}), 50))(`LISTEN',
    caughtBy: tests('contract/database', 'PostgresDatabase.*has ears'),
  },
  {
    name: 'ears that heal in silence',
    breaks: 'whatever was said while nobody listened is read',
    file: 'src/engine.ts',
    find: 'onListening: () => this.#scheduler?.catchUp(),',
    replace: 'onListening: () => {},',
    caughtBy: tests('engine', 'as soon as it listens again'),
  },
  {
    name: 'no net',
    breaks: 'what every trigger missed is found by a heartbeat',
    file: 'src/engine.ts',
    find: 'if (missed > 0 || !',
    replace: 'if (!',
    caughtBy: tests('engine', 'past every trigger'),
  },
];
