import { INSTANCES_CHANGED, KEYS_CHANGED, RECORD_GREW, WEBHOOKS_CHANGED } from './names.ts';

/**
 * What is said on the deployment's channel. instances.ts says `instances`, src/webhooks says `webhooks`, term.ts says
 * `unlocked`, triggers and events/record-notice.ts say `record`, and triggers say everything else. Each is one short line, so that LISTEN in
 * psql shows what is going on.
 */
export type Message =
  /**
   * Boundaries at these instants (epoch milliseconds) changed, and the record grew; null: too many to name, so look at
   * all.
   */
  | { kind: 'edit'; instants: number[] | null }
  /**
   * The leader is alive; `databaseMs` is the database's clock at that moment. `isLocked`: it holds the lock that tells
   * of its death. `recordEnd`: the last number that was drawn for the record; null if an older schema does not say it.
   */
  | { kind: 'pulse'; epoch: number; databaseMs: number; isLocked: boolean; recordEnd: string | null }
  /** The record grew, but no future boundary changed. */
  | { kind: 'record' }
  /** A new term began. */
  | { kind: 'term'; epoch: number }
  /** The leader let go: a candidate need not wait. */
  | { kind: 'vacant'; epoch: number }
  /** Another session was given the lock although the leader lives. */
  | { kind: 'unlocked'; epoch: number }
  /** An instance came or went. */
  | { kind: 'instances' }
  /** An API key was made, changed or revoked. */
  | { kind: 'keys' }
  /** Webhooks were changed, or one has work that the record does not tell of. */
  | { kind: 'webhooks' };

/** null for anything else: a message of a newer release, or somebody's own NOTIFY, must not break an instance. */
export function parseMessage(payload: string): Message | null {
  const [kind, first = '', second = '', third = '', fourth = ''] = payload.split(' ');
  if (kind === 'edit') {
    if (first === 'resync') return { kind, instants: null };
    const instants = first.split(',').map(Number);
    return instants.every(Number.isSafeInteger) ? { kind, instants } : { kind, instants: null };
  }
  if (payload === INSTANCES_CHANGED) return { kind: 'instances' };
  if (payload === KEYS_CHANGED) return { kind: 'keys' };
  if (payload === WEBHOOKS_CHANGED) return { kind: 'webhooks' };
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
