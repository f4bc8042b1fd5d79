import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Clock, withTimeout } from '../../base/clock.ts';
import { SETTING } from '../names.ts';

/** What the way to the server lets through. */
export interface Passage {
  /** A connection keeps its backend between transactions: settings and prepared statements stay. */
  isSession: boolean;
  /** LISTEN is heard. */
  canListen: boolean;
}

/** A notification within one server takes a millisecond. */
const HEARD_WITHIN_MS = 1000;
/** Behind a pooler with a single connection for both, the second one waits for ever. */
const ANSWERED_WITHIN_MS = 2000;
/** If nothing is heard, this many tries decide whether that was bad luck. */
const TRIES = 3;

/**
 * Tries out what matters, on two connections. Process numbers prove nothing, because poolers invent them in every mode.
 * In doubt the answer is no, because what we do behind a transaction pooler works everywhere.
 */
export async function findPassage(one: pg.Client, other: pg.Client, clock: Clock): Promise<Passage> {
  const heard = await hears(one, other, clock);
  if (heard === true) return { isSession: await keepsState(one, other, clock), canListen: true };
  for (let i = 0; i < TRIES; i++)
    if (!(await keepsState(one, other, clock))) return { isSession: false, canListen: false };
  // It looks like a session of our own. If NOTIFY failed (a full queue, a standby), the ears will find out later. If it
  // succeeded and was not heard, perhaps the server was slow: try again.
  if (heard === 'unsaid') return { isSession: true, canListen: true };
  for (let i = 1; i < TRIES; i++)
    if ((await hears(one, other, clock)) === true) return { isSession: true, canListen: true };
  return { isSession: false, canListen: false };
}

/**
 * Whether `one`, while idle, hears what `other` says. Two connections, because one could hear itself even through a
 * pooler.
 */
async function hears(one: pg.Client, other: pg.Client, clock: Clock): Promise<boolean | 'unsaid'> {
  const channel = `stagebell_${randomUUID().replaceAll('-', '')}`;
  let onHeard = (): void => {};
  const heard = new Promise<true>((resolve) => {
    onHeard = () => resolve(true);
  });
  const listener = (message: pg.Notification): void => {
    if (message.channel === channel) onHeard();
  };
  one.on('notification', listener);
  try {
    try {
      await one.query(`LISTEN ${channel}`);
      // Its commit does not wait for a standby. A missing standby is reported elsewhere.
      await other.query(`BEGIN; SET LOCAL synchronous_commit = local; SELECT pg_notify('${channel}', ''); COMMIT`);
    } catch (error) {
      if ((error as pg.DatabaseError).code === undefined) throw error;
      await other.query('ROLLBACK');
      return 'unsaid';
    }
    const result = await withTimeout(clock, heard, HEARD_WITHIN_MS, () => new Error('unheard')).catch(() => false);
    await one.query(`UNLISTEN ${channel}`);
    return result;
  } finally {
    one.off('notification', listener);
  }
}

/** Whether a setting of `one` stays with it, and only with it, while `other` works in between. */
async function keepsState(one: pg.Client, other: pg.Client, clock: Clock): Promise<boolean> {
  const token = randomUUID();
  const read = async (client: pg.Client): Promise<string | null> =>
    (await client.query(`SELECT current_setting('${SETTING.passage}', true) AS token`)).rows[0].token;
  await one.query(`SELECT set_config('${SETTING.passage}', '${token}', false)`);
  try {
    await other.query('BEGIN');
    if ((await read(other)) === token) return false;
    const kept = await withTimeout(clock, read(one), ANSWERED_WITHIN_MS, () => new Error('waits')).catch(() => null);
    return kept === token;
  } finally {
    await other.query('ROLLBACK');
    await one.query(`SELECT set_config('${SETTING.passage}', '', false)`);
  }
}
