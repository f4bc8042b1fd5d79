import { setTimeout as sleep } from 'node:timers/promises';
import type { InjectedFault } from '../checker/history.ts';
import type { Random } from '../random.ts';
import type { Arena } from './arena.ts';
import { Claims } from './faults/claims.ts';
import { QUEUE } from './faults/neighbours.ts';
import type { Step } from './schedule.ts';

/** With when it was really over, which the promise does not wait for where the rest takes over by itself. */
export interface FaultRecord extends InjectedFault {
  undoneMs: number;
}

export interface NemesisOptions {
  world: Arena;
  random: Random;
  schedule: Iterable<Step>;
  /** No fault begins later than this; epoch milliseconds. */
  untilMs: number;
  onFault(fault: FaultRecord): void;
  /** About to make something whole again, at this moment (epoch milliseconds). */
  onHealing(atMs: number): void;
}

/** Long enough for bells to be written that ring in the moment of healing. */
const NOTICE_MS = 200;

/** Beside two leases, in which a leader whose lock another one holds ends that session. */
const SETTLE_MS = 200;

/** Breaks what the schedule says, one thing after the other and sometimes two at once, and mends each. */
export class Nemesis {
  readonly faults: FaultRecord[] = [];
  /** Kinds of fault that this machine cannot do, and what it lacks. */
  readonly leftOut = new Map<string, string>();
  readonly #o: NemesisOptions;
  readonly #claims: Claims;
  /** How many faults are under way, those aside that last in the background. */
  #underWay = 0;
  /** Aborts when everything is to be whole again. */
  readonly #end = new AbortController();

  constructor(options: NemesisOptions) {
    this.#o = options;
    this.#claims = new Claims(options.world);
  }

  /** Resolves when the schedule is through, or the time is, and everything is whole again. */
  async run(): Promise<void> {
    let running: Promise<void> = Promise.resolve();
    const background: Promise<void>[] = [];
    let calmMs = 0;
    for (const step of this.#o.schedule) {
      // Before a fault and not after it, so that the last one is healed when we return.
      if (Date.now() + calmMs >= this.#o.untilMs) break;
      const { name, needs } = step.kind;
      if (needs !== undefined && !needs.isThere(this.#o.world)) {
        this.leftOut.set(name, needs.what);
        continue;
      }
      if (step.kind.isAlone) await running;
      await sleep(calmMs);
      if (step.kind.isBackground) {
        background.push(this.#inflict(step));
        background.at(-1)?.catch(() => {});
        calmMs = step.calmMs;
        continue;
      }
      // Both: who waits for the later one must not lose sight of the earlier.
      running = Promise.all([running, this.#inflict(step)]).then(() => {});
      // Reported where it is awaited.
      running.catch(() => {});
      if (step.overlapsNext && !step.kind.isAlone) calmMs = step.durationMs / 2;
      else {
        await running;
        calmMs = step.calmMs + (step.waitsForCalm ? this.#shadeMs() : 0);
      }
    }
    await running;
    const together = Promise.all(background);
    await Promise.race([together, sleep(Math.max(0, this.#o.untilMs - Date.now()), null, { ref: false })]);
    this.#end.abort();
    await together;
  }

  /** How long bells may still be late for what was broken so far. */
  #shadeMs(): number {
    return Math.max(0, ...this.faults.map(({ healedMs, boundMs }) => healedMs + boundMs - Date.now()));
  }

  /** Everybody has recovered, and hears. */
  #isQuiet(): boolean {
    const settleMs = 2 * this.#o.world.leaseMs + SETTLE_MS;
    const isSettled = this.faults.every(({ undoneMs }) => undoneMs + settleMs < Date.now());
    return isSettled && this.#underWay === 0 && this.#shadeMs() === 0 && !this.#claims.has(QUEUE);
  }

  async #inflict(step: Step): Promise<void> {
    const isQuiet = this.#isQuiet();
    const share = step.kind.isBackground ? 0 : 1;
    this.#underWay += share;
    try {
      await this.#inflictNow(step, isQuiet);
    } finally {
      this.#underWay -= share;
    }
  }

  async #inflictNow({ kind, durationMs }: Step, isQuiet: boolean): Promise<void> {
    const { world, random } = this.#o;
    const startedMs = Date.now();
    const injection = await kind.inject({
      world,
      random,
      claims: this.#claims,
      isQuiet,
      durationMs,
      note: (fault) => this.#record({ ...fault, undoneMs: fault.healedMs }),
    });
    if (injection === null) return;
    const injectedMs = Date.now();
    // What others do goes on until everything else is over.
    const signal = kind.isBackground ? { signal: this.#end.signal } : {};
    await sleep(Math.max(0, durationMs - NOTICE_MS), null, signal).catch(() => {});
    this.#o.onHealing(Date.now() + NOTICE_MS);
    await sleep(NOTICE_MS);
    await injection.heal();
    const { target, boundMs, mendsItself, lateMs, ledWithinMs, keepsTerm } = injection;
    const undoneMs = Date.now();
    const healedMs = mendsItself ? injectedMs : undoneMs;
    const meanwhile = lateMs === undefined ? {} : { meanwhile: { untilMs: undoneMs + lateMs, lateMs } };
    const led = ledWithinMs === undefined ? {} : { ledByMs: injectedMs + ledWithinMs };
    const kept = keepsTerm === undefined ? {} : { keepsTerm };
    this.#record({ kind: kind.name, target, startedMs, healedMs, undoneMs, boundMs, ...meanwhile, ...led, ...kept });
  }

  #record(fault: FaultRecord): void {
    this.faults.push(fault);
    this.#o.onFault(fault);
  }
}
