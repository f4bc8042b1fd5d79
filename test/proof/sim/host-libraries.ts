import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';
import type { Timer } from '../../../src/base/clock.ts';
import type { Host } from './host.ts';
import { setTimer } from './host-clock.ts';

/**
 * node-schedule and redlock ask their process for the time and for timers. Each simulated host gets
 * copies of its own, compiled with that host's Date and setTimeout in place of the global ones.
 */
const HOSTED = /\/(node-schedule|long-timeout|redlock)\//;

interface ScheduleModule {
  scheduleJob: unknown;
  scheduledJobs: Record<string, { cancel(): void }>;
}

export class HostLibraries {
  readonly schedule: ScheduleModule;
  readonly redlock: unknown;
  readonly #timers = new WeakMap<Host, Set<Timer>>();
  #host: Host | null = null;

  constructor() {
    const load = this.#loader(import.meta.url);
    this.schedule = load('node-schedule') as ScheduleModule;
    this.redlock = load('redlock');
  }

  /** Whoever had these copies before is gone: a crash leaves its jobs behind. */
  moveTo(host: Host): void {
    this.#host = null;
    for (const job of Object.values(this.schedule.scheduledJobs)) job.cancel();
    this.#host = host;
  }

  /**
   * Timers of the libraries that run on this host. node-schedule loses hold of one where its wall clock steps back (it waits
   * anew, and cancels the old one), so that some may be left when all jobs are gone.
   */
  timersOn(host: Host): number {
    return this.#timersOf(host).size;
  }

  /** Jobs that are scheduled now. */
  get jobs(): number {
    return Object.keys(this.schedule.scheduledJobs).length;
  }

  #loader(from: string): (name: string) => unknown {
    const require = createRequire(from);
    const globals = this.#globals();
    const cache = new Map<string, { exports: unknown }>();
    const load = (name: string, parent: NodeJS.Require): unknown => {
      if (name === 'bluebird') return nativeBluebird();
      const file = parent.resolve(name);
      if (!HOSTED.test(file)) return parent(name);
      const known = cache.get(file);
      if (known !== undefined) return known.exports;
      const module = { exports: {} as unknown };
      cache.set(file, module);
      const own = createRequire(file);
      const parameters = ['module', 'exports', 'require', '__dirname', ...Object.keys(globals)];
      const run = compileFunction(readFileSync(file, 'utf8'), parameters, { filename: file });
      run(module, module.exports, (child: string) => load(child, own), dirname(file), ...Object.values(globals));
      return module.exports;
    };
    return (name) => load(name, require);
  }

  #globals(): Record<string, unknown> {
    const wallMs = (): number => this.#host?.wallMs() ?? 0;
    class HostDate extends Date {
      constructor(...given: [] | [number | string | Date]) {
        super(given.length === 0 ? wallMs() : given[0]);
      }
      static override now(): number {
        return wallMs();
      }
      static override [Symbol.hasInstance](value: unknown): boolean {
        return Object.prototype.toString.call(value) === '[object Date]';
      }
    }
    return {
      Date: HostDate,
      setTimeout: (run: () => void, ms: number) => this.#setTimeout(run, ms),
      clearTimeout: (timer: Timer | null) => timer?.cancel(),
    };
  }

  #setTimeout(run: () => void, ms: number): Timer | null {
    if (this.#host === null) return null;
    const running = this.#timersOf(this.#host);
    const timer = setTimer(this.#host, ms, () => {
      running.delete(timer);
      run();
    });
    running.add(timer);
    const cancel = (): void => {
      timer.cancel();
      running.delete(timer);
    };
    return { cancel };
  }

  #timersOf(host: Host): Set<Timer> {
    const known = this.#timers.get(host) ?? new Set();
    this.#timers.set(host, known);
    return known;
  }
}

/** Bluebird waits for the next turn of the real event loop by default: in a simulation that is a moment like any other. */
function nativeBluebird(): unknown {
  const create = createRequire(createRequire(import.meta.url).resolve('redlock'))('bluebird/js/release/promise');
  const bluebird = create() as { setScheduler(schedule: (run: () => void) => void): void };
  bluebird.setScheduler((run) => queueMicrotask(run));
  return bluebird;
}
