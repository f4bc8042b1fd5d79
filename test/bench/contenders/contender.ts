/**
 * A **contender** is one way to have a stage flipped at its instant: somebody's library at one
 * **setting**, or a floor. Each runs in a process of its own (main.ts) and does the same work (work.ts).
 */
export interface Contender {
  /** Connects, and makes in the stores what it needs there. Nothing is served yet. */
  open(env: Environment): Promise<void>;
  /** Takes over stages that are in the table already: those with ids in this range, ends included. */
  schedule(fromId: number, toId: number): Promise<void>;
  /** From here on it serves what was scheduled: before, after, and by a process before this one. */
  work(): Promise<void>;
  /** In the midst of whatever it does. */
  stop(): Promise<void>;
}

/** `best`: what its documentation says of low latency. `defaults`: what one gets who reads none. */
export type Setting = 'best' | 'defaults';

export interface Environment {
  databaseUrl: string;
  redisUrl: string;
}

/** What the bench asks of the process, one at a time, and what it answers. */
export type Request =
  | { call: 'open'; env: Environment }
  | { call: 'schedule'; fromId: number; toId: number }
  | { call: 'work' }
  | { call: 'stop' };
export interface Reply {
  error: string | null;
}
