import { expect } from 'chai';
import type { Status } from '../../src/domain/stage.ts';
import type { Cause } from '../../src/domain/transition.ts';

/** A row of the record. Instants are epoch milliseconds by the database's clock, with a fraction. */
export interface RecordedTransition {
  /** Decimal digits. */
  id: string;
  stageId: string;
  from: Status;
  to: Status;
  dueMs: number | null;
  occurredMs: number;
  cause: Cause;
  instance: string | null;
  term: number | null;
  actor: string | null;
}

/** A column in epoch milliseconds. */
export const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** @param where which rows. In order of id */
export const transitionsWhere = (where: string): string =>
  `SELECT id::text AS id, stage_id AS "stageId", from_status AS "from", to_status AS "to", ${ms('due_at')} AS "dueMs",
    ${ms('occurred_at')} AS "occurredMs", cause, instance, term::float8 AS term, actor
  FROM transition WHERE ${where} ORDER BY transition.id`;

/** Somebody who can be asked by SQL: a database, or a cluster of instances on one. */
interface Asked {
  sql<Row>(text: string, values?: unknown[]): Promise<Row[]>;
}

/** What must hold of any database at any time: G1, G2 and G5 of its whole record. */
export async function expectSound(asked: Asked): Promise<void> {
  const last = new Map<string, Status>();
  const crossed = new Map<string, number | null>();
  const rows = await asked.sql<RecordedTransition>(transitionsWhere('true'));
  for (const { id, stageId, from, to, dueMs, occurredMs } of rows) {
    if (dueMs !== null) expect(occurredMs, `transition ${id} is early`).to.be.at.least(dueMs);
    expect(from, `transition ${id} continues the chain of its stage`).to.equal(last.get(stageId) ?? 'pending');
    last.set(stageId, to);
    // Between two crossings of the same boundary an edit must have taken the stage back.
    const isTwice = crossed.get(`${stageId} ${to}`) === dueMs && dueMs !== null;
    expect(isTwice, `transition ${id} crosses again what was crossed`).to.equal(false);
    if (dueMs === null) for (const status of ['active', 'completed']) crossed.delete(`${stageId} ${status}`);
    else crossed.set(`${stageId} ${to}`, dueMs);
  }
  const stages = await asked.sql<{ id: string; status: Status }>('SELECT id, status FROM stage');
  const astray = stages.filter(({ id, status }) => status !== (last.get(id) ?? 'pending'));
  expect(astray, 'stages that are not where their record ends').to.deep.equal([]);
}

/** G3: nothing is behind its dates. */
export async function expectNothingBehind(asked: Asked): Promise<void> {
  const [row] = await asked.sql<{ behind: number }>(
    `SELECT count(*)::int AS behind FROM stage WHERE status <> stage_status(start_date, end_date, clock_timestamp() - interval '1 second')
     AND status <> stage_status(start_date, end_date, clock_timestamp())`,
  );
  expect(row?.behind, 'stages behind their dates').to.equal(0);
}
