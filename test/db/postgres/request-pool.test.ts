import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { DatabaseUnavailableError } from '../../../src/base/errors.ts';
import { RequestPool } from '../../../src/db/postgres/request-pool.ts';
import { toProblem } from '../../../src/http/problem.ts';
import { failure } from '../../support/failure.ts';
import { within } from '../../support/wait.ts';

const SHORT = Object.assign(new Error('too many connections for role "app"'), { code: '53300' });

describe('The pool of requests', () => {
  it('that was exhausted notices by itself that it no longer is: an instance that is not ready gets no requests', async () => {
    let isShort = true;
    const pool = {
      options: { max: 2 },
      totalCount: 0,
      waitingCount: 0,
      _idle: [],
      _pulseQueue: () => {},
      on: () => {},
      connect: async () => {
        if (isShort) throw SHORT;
        return { release: () => {} };
      },
    };
    const requests = new RequestPool(2, systemClock);
    const told: boolean[] = [];
    const well = new Promise<void>((resolve) => {
      requests.events.onExhausted = (isExhausted) => {
        told.push(isExhausted);
        if (!isExhausted) resolve();
      };
    });
    requests.adopt(pool as never);
    expect(await failure(pool.connect())).to.equal(SHORT);
    expect(told).to.deep.equal([true]);
    isShort = false;
    await within(well, 5000, 'the end of the exhaustion');
    requests.close();
  });

  it('that gives no connection is a 503, even if the ORM wraps the error', () => {
    const { code, message } = new DatabaseUnavailableError('none');
    expect(toProblem(Object.assign(new Error(message), { code }))).to.include({ status: 503, isBug: false });
  });
});
