import { expect } from 'chai';
import type { Clock } from '../../../src/base/clock.ts';
import { Turns, type Urgency } from '../../../src/db/embedded/turns.ts';

/** The one connection of an embedded database, asked by bells and by requests at once. */
describe('Turns', () => {
  let nowMs = 0;
  const clock = { monoMs: () => nowMs } as Clock;

  /** Everything is asked for at once; each piece of work takes so many milliseconds. */
  async function orderOf(asked: [name: string, urgency: Urgency, ms: number][]): Promise<string> {
    const turns = new Turns(clock);
    const done: string[] = [];
    const work = asked.map(([name, urgency, ms]) =>
      turns.run(urgency, async () => {
        nowMs += ms;
        done.push(name);
      }),
    );
    await Promise.all(work);
    return done.join(' ');
  }

  it('lets a bell go before requests that came earlier', async () => {
    const asked: [string, Urgency, number][] = [
      ['r1', 'normal', 1],
      ['r2', 'normal', 1],
      ['bell', 'urgent', 1],
    ];
    expect(await orderOf(asked)).to.equal('r1 bell r2');
  });

  it('gives requests a share between the batches of a burst, and no more than that', async () => {
    const asked: [string, Urgency, number][] = [
      ['b1', 'urgent', 30],
      ['b2', 'urgent', 30],
      ['b3', 'urgent', 30],
      ...[1, 2, 3, 4].map((n): [string, Urgency, number] => [`r${n}`, 'normal', 6]),
    ];
    expect(await orderOf(asked)).to.equal('b1 r1 r2 b2 r3 r4 b3');
  });

  it('goes on after work that failed', async () => {
    const turns = new Turns(clock);
    const failing = turns.run('normal', () => Promise.reject(new Error('no')));
    const next = turns.run('normal', async () => 'next');
    expect(await failing.catch((error: Error) => error.message)).to.equal('no');
    expect(await next).to.equal('next');
  });
});
