import { expect } from 'chai';
import fc from 'fast-check';
import { readHorizon, readOutstanding } from '../../src/db/leading/horizon.ts';
import { boundaries, STATUSES, type StageDates, type Status } from '../../src/domain/stage.ts';
import { onEachDatabase } from '../support/on-each.ts';

interface Row extends StageDates {
  status: Status;
}

/** Few different instants, so that many stages share one; some at the ends of the calendar. */
const instant = fc.oneof(
  fc.integer({ min: 0, max: 12 }).map((n) => Date.UTC(2030, 0, 1) + n),
  fc.constantFrom(0, Date.UTC(2120, 5, 5, 5, 5, 5, 555), Date.UTC(2200, 0, 1) - 2),
);
const row: fc.Arbitrary<Row> = fc
  .record({
    start: fc.option(instant),
    length: fc.option(fc.integer({ min: 1, max: 4 })),
    status: fc.constantFrom(...STATUSES),
  })
  .map(({ start, length, status }) => {
    const endMs = start === null || length === null ? null : Math.min(start + length, Date.UTC(2200, 0, 1) - 1);
    return { startMs: start, endMs, status };
  });

/** The same question asked the plain way: boundaries that have not been crossed, by the recorded status. */
function outstanding(rows: readonly Row[]): number[] {
  const instants = rows.flatMap((stage) => {
    const next = STATUSES.indexOf(stage.status);
    return boundaries(stage)
      .filter(({ from }) => STATUSES.indexOf(from) >= next)
      .map(({ atMs }) => atMs);
  });
  return [...new Set(instants)].sort((a, b) => a - b);
}

onEachDatabase('The horizon', (database) => {
  /** Writes rows as they are: whatever status with whatever dates, as a missed instant or a clock step leaves them. */
  async function write(rows: readonly Row[]): Promise<void> {
    await database().transaction(async () => {
      await database().sql('SET LOCAL session_replication_role = replica');
      await database().sql('DELETE FROM stage');
      await database().sql(
        `INSERT INTO stage (assignment_id, name, start_date, end_date, status)
         SELECT $1::uuid, 'x', to_timestamp(start / 1000), to_timestamp(ending / 1000), status
         FROM unnest($2::float8[], $3::float8[], $4::text[]) AS r (start, ending, status)`,
        [database().assignment, rows.map((r) => r.startMs), rows.map((r) => r.endMs), rows.map((r) => r.status)],
      );
    });
  }

  it('is the earliest instants with anything outstanding, ascending, each once, however the stages lie', async function () {
    this.timeout(30_000);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), async (rows, limit) => {
        await write(rows);
        const { instants, databaseMs } = await readHorizon(database().db, limit);
        const all = outstanding(rows);
        const due = all.filter((atMs) => atMs <= databaseMs).slice(0, limit);
        // What is overdue takes no place of what is to come.
        expect(instants).to.deep.equal([...due, ...all.filter((atMs) => atMs > databaseMs).slice(0, limit)]);
      }),
      { numRuns: 60 },
    );
  });

  it('and a second look at some instants agrees with it', async function () {
    this.timeout(30_000);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.array(instant, { maxLength: 10 }), async (rows, asked) => {
        await write(rows);
        const { instants } = await readOutstanding(database().db, [...new Set(asked)]);
        const expected = outstanding(rows).filter((atMs) => asked.includes(atMs));
        expect(instants).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('says what time it is by the clock of the database, which is what makes an instant due', async () => {
    await database().missed('-1 hour', '1 hour');
    const horizon = await readHorizon(database().db, 10);
    const asked = await readOutstanding(database().db, horizon.instants);
    for (const { instants, databaseMs } of [horizon, asked]) {
      expect(databaseMs - (instants[0] ?? 0)).to.be.within(3_600_000, 3_605_000);
      expect((instants[1] ?? 0) - databaseMs).to.be.within(3_595_000, 3_600_000);
    }
    expect((await readOutstanding(database().db, [1])).databaseMs, 'with nothing to tell too').to.be.above(
      horizon.databaseMs,
    );
  });

  it('sees 10,000 stages on one instant as one', async () => {
    await database().sql(
      `INSERT INTO stage (assignment_id, name, start_date) SELECT $1, 'x', '2030-01-01Z' FROM generate_series(1, 10000)`,
      [database().assignment],
    );
    expect((await readHorizon(database().db, 10)).instants).to.have.length(1);
  });
});
