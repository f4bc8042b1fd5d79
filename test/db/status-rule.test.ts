import { expect } from 'chai';
import fc from 'fast-check';
import { type StageDates, statusAt } from '../../src/domain/stage.ts';
import { onEachDatabase } from '../support/on-each.ts';

const LATEST_MS = Date.UTC(2200, 0, 1) - 1;
const CASES = 5000;

interface Case {
  dates: StageDates;
  nowMs: number;
}

/** Any dates that the table accepts, seen at any time; every other time at a boundary or 1 ms beside it. */
const instant = fc.integer({ min: 1, max: LATEST_MS });
const someCase: fc.Arbitrary<Case> = fc
  .record({
    startMs: fc.option(instant, { freq: 5 }),
    lengthMs: fc.option(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1e11 })), { freq: 3 }),
    anywhereMs: instant,
    beside: fc.option(fc.record({ end: fc.boolean(), byMs: fc.integer({ min: -1, max: 1 }) }), { freq: 2 }),
  })
  .map(({ startMs, lengthMs, anywhereMs, beside }) => {
    const dates = { startMs, endMs: startMs === null || lengthMs === null ? null : startMs + lengthMs };
    const boundary = beside?.end ? dates.endMs : dates.startMs;
    return { dates, nowMs: beside === null || boundary === null ? anywhereMs : boundary + beside.byMs };
  });

onEachDatabase('One rule, two spellings:', (database) => {
  /** What the database says of each case, in one statement. */
  async function inSql(cases: readonly Case[]): Promise<string[]> {
    const rows = await database().sql<{ status: string }>(
      `SELECT stage_status(to_timestamp(start / 1000)::timestamptz(3), to_timestamp(ending / 1000)::timestamptz(3),
         to_timestamp(now / 1000)::timestamptz(3)) AS status
       FROM unnest($1::float8[], $2::float8[], $3::float8[]) WITH ORDINALITY AS asked (start, ending, now, n) ORDER BY n`,
      [cases.map((c) => c.dates.startMs), cases.map((c) => c.dates.endMs), cases.map((c) => c.nowMs)],
    );
    return rows.map(({ status }) => status);
  }

  it('SQL and TypeScript agree on whatever dates, at and beside their boundaries', async () => {
    const cases = fc.array(someCase, { minLength: CASES, maxLength: CASES, size: 'max' });
    await fc.assert(
      fc.asyncProperty(cases, async (all) => {
        const answers = await inSql(all);
        expect(answers).to.have.length(CASES);
        const wrong = all.filter(({ dates, nowMs }, i) => statusAt(dates, nowMs) !== answers[i]);
        expect(wrong.slice(0, 3)).to.deep.equal([]);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it('all three answers are among those cases, and a rule that is off by one would show', async () => {
    const cases = fc.sample(someCase, { numRuns: CASES, seed: 1 });
    const answers = await inSql(cases);
    expect(new Set(answers).size).to.equal(3);
    const closedAtTheEnd = cases.filter(({ dates, nowMs }, i) => statusAt(dates, nowMs - 1) !== answers[i]);
    expect(closedAtTheEnd.length).to.be.greaterThan(100);
  });
});
