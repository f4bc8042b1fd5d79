import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { Health } from '../../src/base/health.ts';
import { silentLog } from '../../src/base/log.ts';
import type { LeaderLock, LeaderLockEvents, Queryable } from '../../src/db/database.ts';
import { Succession } from '../../src/leader/succession.ts';

const NEVER = new Promise<never>(() => {});

/** Time passes where it is waited, and all of it at once. */
class Waits {
  nowMs = 0;
  readonly pauses: number[] = [];
  readonly clock = {
    ...systemClock,
    monoMs: () => this.nowMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (signal?.aborted) return;
      this.pauses.push(ms);
      if (ms >= 2 ** 31 - 1)
        return new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
      this.nowMs += ms;
    },
  };

  of(lock: Partial<LeaderLock>, onInherited = () => {}, db: Queryable = { query: async () => [] }): Succession {
    return new Succession({
      kind: 'postgres',
      lock: { acquire: () => NEVER, look: async () => {}, letGo: () => {}, ...lock },
      db,
      instance: 'me',
      leaseMs: 5000,
      clock: this.clock,
      log: silentLog,
      health: new Health(this.clock, silentLog),
      onInherited,
    });
  }
}

describe('Succession', () => {
  it('waits again at once, however often somebody ends what waits for long', async () => {
    const waits = new Waits();
    let tries = 0;
    await new Promise<void>((resolve) => {
      const acquire = async ({ onWaiting }: LeaderLockEvents) => {
        onWaiting();
        waits.nowMs += 60_000;
        tries += 1;
        if (tries > 20) resolve();
        if (tries > 20) await NEVER;
        throw new Error('canceling statement due to user request');
      };
      waits.of({ acquire }).isLocked();
    });
    expect(Math.max(...waits.pauses.filter((ms) => ms < 2 ** 31 - 1))).to.equal(20);
  });

  it('holds the lock from the moment it has the term, even before it leads', async () => {
    const did: string[] = [];
    let give = (): void => {};
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    const db = {
      query: async <Row>({ name }: { name: string }): Promise<Row[]> =>
        name === 'take_term' ? [{ epoch: 2, nonce: 'nonce' } as Row] : [],
    };
    await new Promise<void>((resolve) => {
      const succession: Succession = new Waits().of(
        { acquire: () => given, letGo: () => did.push('let go') },
        async () => {
          const term = succession.inherit();
          await new Promise(setImmediate);
          if (term !== null) succession.lead(term);
          did.push('leads');
          resolve();
        },
        db,
      );
      succession.isLocked();
      // Of a database that was away while it waited for the lock.
      setImmediate(() => {
        succession.tryAgain();
        give();
      });
    });
    expect(did).to.deep.equal(['leads']);
  });
});
