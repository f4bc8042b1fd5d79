import { createHash } from 'node:crypto';
import type { World } from './world.ts';

interface Entry {
  value: string;
  untilMs: number;
}

/** What a script of redlock does, told by what only that one does. */
const nameOf = (script: string): string =>
  script.includes('"del"') ? 'unlock' : script.includes('"exists"') ? 'lock' : 'extend';

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** One Redis: keys that expire, and the three scripts of redlock, told apart by what only they do. */
export class SimulatedRedis {
  readonly name: string;
  isUp = true;
  /** Stopped like a process: takes commands, and answers when it goes on. */
  isPaused = false;
  /** Answers, and gives no locks: as a replica, or to a user without the right to scripts. */
  refuses: 'nothing' | 'writes' | 'scripts' = 'nothing';
  /** Called when it goes down or comes up. */
  readonly watchers = new Set<() => void>();
  readonly #world: World;
  readonly #keys = new Map<string, Entry>();
  readonly #scripts = new Map<string, string>();
  #waiting: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** Runs a command, unless it is paused: then later. */
  receive(run: () => void): void {
    if (this.isPaused) this.#waiting.push(run);
    else run();
  }

  stop(): void {
    this.isUp = false;
    this.#waiting = [];
    this.flush();
    this.#scripts.clear();
    this.#changed('DOWN');
  }

  start(): void {
    this.isUp = true;
    this.#changed('up');
  }

  pause(): void {
    this.isPaused = true;
    this.#changed('PAUSED');
  }

  resume(): void {
    this.isPaused = false;
    this.#changed('resumed');
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }

  flush(): void {
    this.#keys.clear();
  }

  flushScripts(): void {
    this.#scripts.clear();
  }

  get(key: string): string | null {
    return this.#living(key)?.value ?? null;
  }

  pttl(key: string): number {
    const entry = this.#living(key);
    return entry === null ? -2 : Math.ceil(entry.untilMs - this.#world.nowMs);
  }

  /** @throws NOSCRIPT */
  evalsha(hash: string, parameters: readonly (string | number)[]): number {
    const script = this.#scripts.get(hash);
    if (script === undefined) throw new Error('NOSCRIPT No matching script. Please use EVAL.');
    return this.eval(script, parameters);
  }

  /** For the trace. */
  nameOf(hash: string): string {
    return nameOf(this.#scripts.get(hash) ?? '');
  }

  /** @throws what Redis says that refuses it */
  eval(script: string, [, key, value, ttlMs]: readonly (string | number)[]): number {
    if (this.refuses === 'scripts') throw new Error("NOPERM this user has no permissions to run the 'evalsha' command");
    this.#scripts.set(sha1(script), script);
    const present = this.get(String(key));
    if (nameOf(script) === 'unlock') {
      if (present !== value) return 0;
      // The script does not ask whether DEL was refused.
      if (this.refuses === 'nothing') this.#keys.delete(String(key));
      return 1;
    }
    const mayWrite = nameOf(script) === 'lock' ? present === null : present === value;
    if (!mayWrite) return 0;
    if (this.refuses === 'writes') throw new Error("READONLY You can't write against a read only replica.");
    this.#keys.set(String(key), { value: String(value), untilMs: this.#world.nowMs + Number(ttlMs) });
    return 1;
  }

  #living(key: string): Entry | null {
    const entry = this.#keys.get(key);
    if (entry === undefined || entry.untilMs <= this.#world.nowMs) return null;
    return entry;
  }

  #changed(what: string): void {
    this.#world.trace.add(this.name, what);
    for (const watch of [...this.watchers]) watch();
  }
}
