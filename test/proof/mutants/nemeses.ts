import { type Instrument, type Mutant, tests } from './mutant.ts';

const chaos = (fault: string, seed: number): Instrument => ({
  kind: 'program',
  file: 'test/proof/chaos/chaos.ts',
  args: ['--minutes', '0.5', '--seed', String(seed), '--faults', fault],
});

/** Sabotage that the nemeses of chaos and simulation bring to light. */
export const NEMESES: readonly Mutant[] = [
  {
    name: 'a heartbeat that waits for whoever holds the stages',
    breaks: 'a locked table, or a count that takes too long, costs nobody the term',
    file: 'src/leader/heartbeats.ts',
    find: 'if (!isOfTime(error)) throw error;',
    replace: 'throw error;',
    caughtBy: tests('proof/sim/leadership', 'holds costs nobody the term'),
  },
  {
    name: 'a net that is not cast again',
    breaks: 'when the table is free, a heartbeat counts again what was missed',
    file: 'src/leader/heartbeats.ts',
    find: 'this.#isCountStuck = false;\n      this.hurry();',
    replace: '',
    caughtBy: tests('proof/sim/leadership', 'nor does an old snapshot'),
  },
  {
    name: 'a full queue that is not looked into',
    breaks: 'what cannot be said is looked for',
    file: 'src/instance/health/full-queue.ts',
    find: "this.#dispatcher.tell({ kind: 'unsaid' });",
    replace: '',
    caughtBy: chaos('notify queue full', 3),
  },
  {
    name: 'a full queue that is forgotten once it is free',
    breaks: 'what was written into it is looked for until it must have committed',
    file: 'src/instance/health/full-queue.ts',
    find: 'else this.#freeSinceMs ??= this.#clock.monoMs();',
    replace: 'else this.stop();',
    caughtBy: tests('proof/sim/found', 'into a full notification queue'),
  },
  {
    name: 'an instance without its connections that leads on',
    breaks: 'where connections are short, somebody who has all it takes leads',
    file: 'src/instance/candidacy.ts',
    find: 'if (leadership === null || this.#o.kept.missingForMs === 0) return;',
    replace: 'if (leadership === null || this.#o.kept.missingForMs >= 0) return;',
    caughtBy: tests('instance/connections', 'no connection to ring by'),
  },
];
