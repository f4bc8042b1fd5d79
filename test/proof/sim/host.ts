import { Random } from '../random.ts';
import { type Event, T0, type World } from './world.ts';

interface HostTimer {
  dueMonoMs: number;
  run: () => void;
  event: Event | null;
}

/**
 * The machine and process that one instance runs on. It has a wall clock that may step, a monotonic
 * one that drifts a little and stands still while the machine sleeps, and an event loop that can be
 * held up. After a crash nothing of it ever runs again.
 */
export class Host {
  readonly name: string;
  readonly random: Random;
  readonly #world: World;
  readonly #rate: number;
  readonly #bootMs: number;
  readonly #timers = new Set<HostTimer>();
  #wallAheadMs: number;
  #sleptMs = 0;
  #sleepsSinceMs: number | null = null;
  #isAlive = true;
  #isHeld = false;
  /** What came in over the network while the event loop was held up. */
  #waiting: (() => void)[] = [];
  #crashIn: { calls: number; when: 'before' | 'after' } | null = null;
  onCrash = (): void => {};

  constructor(world: World, name: string) {
    this.name = name;
    this.#world = world;
    this.random = new Random(world.seed, `${name}@${world.nowMs}`);
    this.#bootMs = world.nowMs - this.random.between(1e5, 1e6);
    // What a quartz drifts by is allowed for in src/base/remote-clock.ts: ten millionths.
    this.#rate = 1 + this.random.between(-8e-6, 8e-6);
    this.#wallAheadMs = this.random.chance(0.3)
      ? this.random.between(-3_600_000, 3_600_000)
      : this.random.between(-50, 50);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether its event loop turns. */
  get isRunning(): boolean {
    return this.#isAlive && !this.#isHeld;
  }

  get timers(): number {
    return this.#timers.size;
  }

  monoMs(): number {
    return (this.#world.nowMs - this.#bootMs - this.#sleptMs) * this.#rate;
  }

  wallMs(): number {
    return Math.floor(T0 + (this.#world.nowMs - T0) * this.#rate + this.#wallAheadMs);
  }

  /** Calls back when the monotonic clock has moved on by `ms`. */
  timer(ms: number, run: () => void): Event {
    if (!this.#isAlive) return { cancel: () => {} };
    const timer: HostTimer = { dueMonoMs: this.monoMs() + Math.max(0, ms), run, event: null };
    this.#timers.add(timer);
    this.#wind(timer);
    return {
      cancel: () => {
        timer.event?.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  /** Something comes in over the network. */
  receive(run: () => void): void {
    if (!this.#isAlive) return;
    if (this.#isHeld) this.#waiting.push(run);
    else run();
  }

  crash(): void {
    if (!this.#isAlive) return;
    this.#world.trace.add(this.name, 'CRASH');
    this.#isAlive = false;
    for (const timer of this.#timers) timer.event?.cancel();
    this.#timers.clear();
    this.#waiting = [];
    this.onCrash();
  }

  /** It will crash at the n-th call of the database or Redis from now on, before or after the call had its effect. */
  crashAtCall(calls: number, when: 'before' | 'after'): void {
    this.#crashIn = { calls, when };
  }

  willNotCrash(): void {
    this.#crashIn = null;
  }

  /** To be asked at each call that leaves the process. */
  callsOut(): 'before' | 'after' | null {
    if (this.#crashIn === null || --this.#crashIn.calls > 0) return null;
    const { when } = this.#crashIn;
    this.#crashIn = null;
    if (when === 'before') this.crash();
    return when;
  }

  /** The process is stopped, or its event loop blocked; all clocks go on. */
  hold(): void {
    this.#isHeld = true;
  }

  /** The machine sleeps: its monotonic clock stands still, too. */
  suspend(): void {
    this.#isHeld = true;
    this.#sleepsSinceMs = this.#world.nowMs;
    for (const timer of this.#timers) timer.event?.cancel();
  }

  /** Overdue timers come first, then what the network brought: as after SIGCONT. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.#sleepsSinceMs !== null) {
      this.#sleptMs += this.#world.nowMs - this.#sleepsSinceMs;
      this.#sleepsSinceMs = null;
    }
    for (const timer of [...this.#timers].sort((a, b) => a.dueMonoMs - b.dueMonoMs)) this.#wind(timer);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) this.#world.at(this.#world.nowMs, () => this.receive(run));
  }

  stepWall(ms: number): void {
    this.#wallAheadMs += ms;
  }

  #wind(timer: HostTimer): void {
    timer.event?.cancel();
    const leftMs = (timer.dueMonoMs - this.monoMs()) / this.#rate;
    timer.event = this.#world.after(Math.max(0, leftMs), () => {
      timer.event = null;
      // Wound again by `release`.
      if (this.#isHeld || !this.#timers.delete(timer)) return;
      timer.run();
    });
  }
}
