import { withTimeout } from '../../base/clock.ts';
import { StagebellError } from '../../base/errors.ts';
import type { Ears } from '../../db/database.ts';
import { CHANNEL } from '../../db/names.ts';
import { type Check, fail, ok, warn } from './check.ts';

const PATIENCE_MS = 2500;
/** Within one server a notification takes a millisecond. */
const SLOW_MS = 250;

/** Sends a notification and waits to hear it: a transaction pooler accepts LISTEN but delivers nothing. */
export const listen: Check = {
  name: 'listen',
  needs: 'database',
  async run({ database, db, clock }) {
    if (database === null || !database.canListen)
      return warn(
        'listen_pooler',
        'a transaction pooler is in between, and delivers no notifications: edits are read once a heartbeat',
        'give DATABASE_URL a direct connection, or a pooler in session mode',
      );
    const word = `doctor ${clock.monoMs()}`;
    let saidMs = 0;
    let ears: Ears | undefined;
    const heard = new Promise<void>((resolve, reject) => {
      ears = database.openEars({
        onMessage: (payload) => payload === word && resolve(),
        onListening: () => {
          saidMs = clock.monoMs();
          db.query({ name: 'say', text: `SELECT pg_notify(${CHANNEL}, $1)` }, [word]).catch(reject);
        },
        onDeaf: (reason) => reject(new StagebellError('deaf', 503, reason)),
      });
    });
    const deaf = () => new StagebellError('deaf', 503, `nothing was heard within ${PATIENCE_MS} ms`);
    try {
      await withTimeout(clock, heard, PATIENCE_MS, deaf);
    } catch (error) {
      return fail(
        'listen_deaf',
        `NOTIFY is not heard: ${(error as Error).message}`,
        'see "notify", and check what is between here and the server',
      );
    } finally {
      await ears?.close();
    }
    const tookMs = clock.monoMs() - saidMs;
    const text = `a NOTIFY was heard after ${tookMs.toFixed(1)} ms`;
    if (tookMs <= SLOW_MS) return ok('listen_ok', text);
    return warn('listen_slow', `${text}: edits at short notice are armed that late`, 'see "round trip"');
  },
};
