import { expect } from 'chai';
import { activateStage } from '../../src/commands/activate-stage.ts';
import { completeStage } from '../../src/commands/complete-stage.ts';
import { inSeconds, suiteApi } from '../http/support.ts';

describe('completing a stage in the millisecond of its start', () => {
  const api = suiteApi({}, 'embedded');

  it('waits for the next one, and is completed in its answer', async () => {
    const writer = { database: api.database, instance: 'test', actor: null };
    for (let i = 0; i < 20; i++) {
      const { id } = await api.stage({ start_date: inSeconds(60) });
      const { startMs } = await activateStage(writer, id, null);
      const completed = await completeStage(writer, id, null);
      expect(completed.status).to.equal('completed');
      expect(completed.endMs).to.be.above(startMs ?? Number.POSITIVE_INFINITY);
    }
  });
});
