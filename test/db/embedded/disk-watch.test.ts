import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { Health } from '../../../src/base/health.ts';
import { silentLog } from '../../../src/base/log.ts';
import { DiskWatch } from '../../../src/db/embedded/disk-watch.ts';

const MB = 1 << 20;

/** The room on the disk, as it becomes less and more. Its log has segments of 2 MB. */
describe('DiskWatch', () => {
  function watch() {
    const health = new Health(systemClock, silentLog);
    const said: string[] = [];
    let free = 100 * MB;
    const disk = new DiskWatch('/nowhere', systemClock, health, {
      onLow: () => said.push('low'),
      onOut: () => said.push('out'),
      onRoom: () => said.push('room'),
      freeBytes: () => free,
      segmentBytes: () => 2 * MB,
    });
    disk.start();
    const at = (mb: number) => {
      free = mb * MB;
      return disk.refusal?.code ?? null;
    };
    return { disk, health, said, at };
  }

  it('refuses edits while there is still room for bells, then everything, and lifts both again', () => {
    const { disk, health, said, at } = watch();
    expect(at(9)).to.equal(null);
    expect([at(7), disk.isOut]).to.deep.equal(['disk_full', false]);
    expect(health.troubles.map(({ part, isBlocking }) => [part, isBlocking])).to.deep.equal([['disk', true]]);
    expect([at(3), disk.isOut]).to.deep.equal(['disk_full', true]);
    expect([at(6), disk.isOut]).to.deep.equal(['disk_full', false]);
    // Not at the very byte, or it would go to and fro.
    expect([at(9), health.degraded.length]).to.deep.equal(['disk_full', 1]);
    expect([at(11), health.degraded.length]).to.deep.equal([null, 0]);
    expect(said).to.deep.equal(['low', 'out', 'low', 'room']);
    disk.stop();
  });
});
