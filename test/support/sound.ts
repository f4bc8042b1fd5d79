import { expect } from 'chai';
import type { Status } from '../../src/domain/stage.ts';
import type { Migrated } from './migrated.ts';

/** What must hold of any database at any time: G1, G2 and G5 of its whole record. */
export async function expectSound(database: Migrated): Promise<void> {
  const last = new Map<string, Status>();
  const crossed = new Map<string, number | null>();
  for (const { id, stageId, from, to, dueMs, occurredMs } of await database.record()) {
    if (dueMs !== null) expect(occurredMs, `transition ${id} is early`).to.be.at.least(dueMs);
    expect(from, `transition ${id} continues the chain of its stage`).to.equal(last.get(stageId) ?? 'pending');
    last.set(stageId, to);
    // Between two crossings of the same boundary an edit must have taken the stage back.
    const isTwice = crossed.get(`${stageId} ${to}`) === dueMs && dueMs !== null;
    expect(isTwice, `transition ${id} crosses again what was crossed`).to.equal(false);
    if (dueMs === null) for (const status of ['active', 'completed']) crossed.delete(`${stageId} ${status}`);
    else crossed.set(`${stageId} ${to}`, dueMs);
  }
  const stages = await database.sql<{ id: string; status: Status }>('SELECT id, status FROM stage');
  const astray = stages.filter(({ id, status }) => status !== (last.get(id) ?? 'pending'));
  expect(astray, 'stages that are not where their record ends').to.deep.equal([]);
}
