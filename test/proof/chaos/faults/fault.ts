import type { InjectedFault } from '../../checker/history.ts';
import type { Random } from '../../random.ts';
import type { Arena } from '../arena.ts';
import type { Claims } from './claims.ts';

/** What happens to be wrong, and for how long the promise allows a bell to be late for it. */
export interface Injection {
  target: string;
  /** Read when it has been undone. */
  readonly boundMs: number;
  /** True: what is left takes over by itself, so that bells are on time before the fault is undone. */
  mendsItself: boolean;
  /** How soon another one leads, where the target did and is dead. */
  ledWithinMs?: number;
  /** Whoever leads goes on. */
  keepsTerm?: boolean;
  /** How late each bell may be for as long as it lasts, where it mends itself and something is left. */
  lateMs?: number;
  /** Makes everything whole again. */
  heal(): Promise<void>;
}

export interface FaultContext {
  world: Arena;
  random: Random;
  claims: Claims;
  /** Nothing else is wrong, nor was a while ago: everybody is there, and waits to be told of the end of the leader. */
  isQuiet: boolean;
  /** How long it is going to last. */
  durationMs: number;
  /** For what a fault brings with it. */
  note(fault: InjectedFault): void;
}

export interface FaultKind {
  name: string;
  /** How long it lasts, in leases. */
  leases: readonly [shortest: number, longest: number];
  /** It never overlaps another, which would take away what it leaves to be relied on. */
  isAlone?: boolean;
  /** It lasts while others come and go, and while the time for them is not over. */
  isBackground?: boolean;
  /** What not every machine has. */
  needs?: { what: string; isThere(world: Arena): boolean };
  /** @returns null when what it needs is in another fault's hands */
  inject(context: FaultContext): Promise<Injection | null>;
}
