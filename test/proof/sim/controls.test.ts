import { expect } from 'chai';
import { messageOf } from '../../../src/base/errors.ts';
import { Play } from './play.ts';

/** Each rule of the simulation can be broken: with these mutants it has to be. */
describe('a simulation of a service that is broken', () => {
  const fails = async (work: Promise<void>, rule: string): Promise<void> => {
    const said = await work.then(
      () => 'nothing was found',
      (error) => String(error),
    );
    expect(said).to.match(new RegExp(`^  ${rule} at `, 'm'));
  };

  it('without the fence: moves under an old term', () =>
    fails(
      // With a seed by which the new leader is slow where it says so below.
      Play.perform({ seed: 2 }, async (play) => {
        play.sabotage({ '(epoch = $1 AND nonce = $2::uuid)': '$1 > 0 AND $2::uuid IS NOT NULL' });
        const old = play.leader;
        await play.stage(5000);
        await play.wait(50);
        play.strike({ kind: 'pause', target: 'leader', forMs: 5500 });
        await play.wait(4900);
        // The old leader wakes up to an overdue timer; the new one has none to ring.
        for (const { database } of play.sim.leaders.filter((leader) => leader !== old)) database.faults.slowMs = 4000;
        await play.wait(3000);
      }),
      'fence',
    ));

  it('that advances a moment too soon, and says that it was in time: early', () =>
    fails(
      Play.perform({}, async (play) => {
        play.sabotage({ 'clock_timestamp() AS now, set': `clock_timestamp() + interval '50 ms' AS now, set` });
        await play.stage(1000);
        await play.stage(980);
        await play.wait(1500);
      }),
      'early',
    ));

  it('that moves starts alone: behind its dates', () =>
    fails(
      Play.perform({}, async (play) => {
        play.sabotage({ 'end_date <= reach.at': 'false' });
        await play.stage(500, 500);
        await play.wait(2000);
      }),
      'lost',
    ));

  it('that takes nobody for dead: untold', () =>
    fails(
      Play.perform({}, async (play) => {
        play.sabotage({ 'alive_epoch = epoch AND': 'false AND' });
        await play.wait(1000);
        play.strike({ kind: 'crash', target: 'leader', forMs: 5000 });
        await play.wait(5000);
      }),
      'untold',
    ));

  it('that deposes a leader which has only lost its lock: flapping', () =>
    fails(
      Play.perform({}, async (play) => {
        play.sabotage({ 'alive_epoch = epoch AND': 'alive_epoch = epoch OR' });
        await play.wait(1000);
        play.strike({ kind: 'session-ended', target: 'leader', which: 'alive' });
        await play.wait(2000);
      }),
      'flapping',
    ));

  it('that reads no edits: late', () =>
    fails(
      Play.perform({}, async (play) => {
        play.sim.postgres.isHeard = (payload) => !payload.startsWith('edit');
        await play.stage(2000);
        await play.wait(5000);
      }),
      'late',
    ));

  it('that does not know of a full notification queue: late', () =>
    fails(
      Play.perform({}, async (play) => {
        play.sabotage({ 'notify_queue_usage() AS queue': '0::float8 AS queue' });
        play.strike({ kind: 'queue-full', how: 'full', forMs: 6000 });
        await play.wait(1000);
        // Found by the net, each at another moment between two heartbeats.
        for (let i = 0; i < 9; i++) {
          await play.stage(500);
          await play.wait(100);
        }
        await play.wait(5000);
      }),
      'late',
    ));

  it('that records nothing: rows and record differ', () =>
    fails(
      Play.perform({}, async (play) => {
        play.sabotage({
          '(crossed.id IN (SELECT id FROM moved WHERE is_so)) IS TRUE': 'false',
          // And that does not notice.
          'IS TRUE)\n    THEN': 'IS NULL)\n    THEN',
        });
        await play.stage(500);
        await play.wait(1000);
      }),
      'record',
    ));

  it('with a sabotage that replaces nothing: says so', async () => {
    const performed = Play.perform({}, async (play) => {
      play.sabotage({ 'no statement has this': '' });
      await play.stage(500);
      await play.wait(1000);
    });
    expect(await performed.catch(messageOf)).to.contain('The sabotage replaced nothing');
  });
});
