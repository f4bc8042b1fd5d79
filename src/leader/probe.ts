import Redlock from 'redlock';
import type { Ballot } from './ballot.ts';

/** If the probe's lock cannot be released, it ends by itself after this. */
const PROBE_MS = 1000;

/**
 * Takes and releases a lock named `name` on one server, as an election does: what answers PING may
 * still refuse this.
 * @returns why not; null when it works
 */
export async function probe(ballot: Ballot, name: string): Promise<Error | null> {
  const redlock = new Redlock([ballot] as never, { retryCount: 0 });
  ballot.begin();
  const lock = await Promise.resolve(redlock.lock(name, PROBE_MS)).catch(() => null);
  // Redlock thinks that it came too late, or another probe has the lock. Neither is a refusal.
  if (lock === null) return ballot.vote instanceof Error ? ballot.vote : null;
  try {
    await ballot.client.pttl(name);
    ballot.begin();
    await Promise.resolve(lock.unlock()).catch(() => {});
    if (ballot.vote instanceof Error) return ballot.vote;
    // Redlock's script does not say when DEL was refused.
    if ((await ballot.client.get(name)) !== lock.value) return null;
    return new Error('NOPERM the lock cannot be released: DEL is refused');
  } catch (error) {
    return error as Error;
  }
}
