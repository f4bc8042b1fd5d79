import { INSTANCES_CHANGED, RECORD_GREW } from './names.ts';

/**
 * What is said on the deployment's channel: `instances` by instances.ts, `unlocked` by term.ts, `record` by
 * triggers and by whoever has advanced stages, all else by triggers. One short line each, so that psql's LISTEN shows what is going on.
 */
export type Message =
  /** Boundaries at these instants (epoch milliseconds) changed, and the record grew; null: too many to name, look at all. */
  | { kind: 'edit'; instants: number[] | null }
  /**
   * The leader is alive; `databaseMs` is the database's clock at that moment. `isLocked`: it holds the lock by which its
   * death is told. `recordEnd`: the last number that was drawn for the record; null where the schema does not say so yet.
   */
  | { kind: 'pulse'; epoch: number; databaseMs: number; isLocked: boolean; recordEnd: string | null }
  /** The record grew, and no boundary changed that is still to come. */
  | { kind: 'record' }
  /** A new term began. */
  | { kind: 'term'; epoch: number }
  /** The leader let go: whoever wants to lead need not wait. */
  | { kind: 'vacant'; epoch: number }
  /** Another was given the lock of a leader that lives. */
  | { kind: 'unlocked'; epoch: number }
  /** An instance came or went. */
  | { kind: 'instances' };

/** null for anything else: a newer release, or somebody's own NOTIFY, must not break an instance. */
export function parseMessage(payload: string): Message | null {
  const [kind, first = '', second = '', third = '', fourth = ''] = payload.split(' ');
  if (kind === 'edit') {
    if (first === 'resync') return { kind, instants: null };
    const instants = first.split(',').map(Number);
    return instants.every(Number.isSafeInteger) ? { kind, instants } : { kind, instants: null };
  }
  if (payload === INSTANCES_CHANGED) return { kind: 'instances' };
  if (payload === RECORD_GREW) return { kind: 'record' };
  const epoch = Number(first);
  if (first === '' || !Number.isSafeInteger(epoch)) return null;
  if (kind === 'pulse') {
    const databaseMs = Number(second);
    return second === '' || !Number.isFinite(databaseMs)
      ? null
      : { kind, epoch, databaseMs, isLocked: third === 'alive', recordEnd: /^\d+$/.test(fourth) ? fourth : null };
  }
  if (kind === 'term' || kind === 'vacant' || kind === 'unlocked') return { kind, epoch };
  return null;
}
