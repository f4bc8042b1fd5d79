import { expect } from 'chai';
import type { Cluster, Recorded } from './cluster.ts';

/** G1, G2 and G5 of whatever is on the record: asserted at the end of each story. */
export async function expectSoundRecord(cluster: Cluster): Promise<void> {
  const rows = await cluster.record();
  const last = new Map<string, Recorded>();
  const seen = new Set<string>();
  for (const row of rows) {
    if (row.due_at !== null) {
      expect(row.occurred_at.getTime(), `transition ${row.id} is early`).to.be.at.least(row.due_at.getTime());
      // A boundary that an edit moved may be crossed again, but never twice in a row.
      const crossing = `${row.stage_id} ${row.to_status} ${row.due_at.toISOString()}`;
      const before = last.get(row.stage_id);
      expect(seen.has(crossing) && before?.to_status === row.to_status, `${crossing} is there twice`).to.equal(false);
      seen.add(crossing);
    }
    expect(row.from_status, `transition ${row.id} continues its stage's chain`).to.equal(
      last.get(row.stage_id)?.to_status ?? 'pending',
    );
    last.set(row.stage_id, row);
  }
  const stages = await cluster.sql<{ id: string; status: string; behind: boolean }>(
    `SELECT id, status, status <> stage_status(start_date, end_date, clock_timestamp()) AS behind FROM stage`,
  );
  for (const { id, status } of stages) {
    expect(status, `stage ${id} is where its record ends`).to.equal(last.get(id)?.to_status ?? 'pending');
  }
}

/** G3: nothing is behind its dates. */
export async function expectNothingBehind(cluster: Cluster): Promise<void> {
  const [row] = await cluster.sql<{ behind: number }>(
    `SELECT count(*)::int AS behind FROM stage WHERE status <> stage_status(start_date, end_date, clock_timestamp() - interval '1 second')
     AND status <> stage_status(start_date, end_date, clock_timestamp())`,
  );
  expect(row?.behind, 'stages behind their dates').to.equal(0);
}
