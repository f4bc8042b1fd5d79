import { expect } from 'chai';
import { constraintOf } from '../../../src/db/faults.ts';
import { onEachDatabase } from '../../support/on-each.ts';

/** What the table refuses, whoever writes it: no timer could be armed for it. */
const REFUSED: [string, string, string, string][] = [
  ['an end before its start', "'2030-01-02Z'", "'2030-01-01Z'", 'stage_end_after_start'],
  ['an end at its start', "'2030-01-01Z'", "'2030-01-01Z'", 'stage_end_after_start'],
  [
    'dates that are the same to the millisecond',
    "'2030-01-01T00:00:00.0001Z'",
    "'2030-01-01T00:00:00.0004Z'",
    'stage_end_after_start',
  ],
  ['an end without a start', 'NULL', "'2030-01-01Z'", 'stage_end_needs_start'],
  ['a start at infinity', "'infinity'", 'NULL', 'stage_dates_in_range'],
  ['a start at minus infinity', "'-infinity'", 'NULL', 'stage_dates_in_range'],
  ['an end at infinity', "'2030-01-01Z'", "'infinity'", 'stage_dates_in_range'],
  ['a start in 1969', "'1969-12-31T23:59:59.999Z'", 'NULL', 'stage_dates_in_range'],
  ['a start in 2200', "'2200-01-01Z'", 'NULL', 'stage_dates_in_range'],
  ['an end in 2200', "'2030-01-01Z'", "'2200-01-01Z'", 'stage_dates_in_range'],
  ['a start before Christ', "'0044-03-15 BC'", 'NULL', 'stage_dates_in_range'],
];

onEachDatabase('The table', (database) => {
  const refusal = async (work: Promise<unknown>): Promise<string | null> => {
    try {
      await work;
      return null;
    } catch (error) {
      return constraintOf(error);
    }
  };

  for (const [what, start, end, constraint] of REFUSED) {
    it(`refuses ${what}, in an insert and in an update`, async () => {
      const insert = database().sql(
        `INSERT INTO stage (assignment_id, name, start_date, end_date) VALUES ($1, 'x', ${start}, ${end})`,
        [database().assignment],
      );
      expect(await refusal(insert)).to.equal(constraint);
      const id = await database().stage('1 hour', '2 hours');
      const update = database().sql(`UPDATE stage SET start_date = ${start}, end_date = ${end} WHERE id = $1`, [id]);
      expect(await refusal(update)).to.equal(constraint);
      expect(await database().read(id)).to.include({ version: 1 });
    });
  }

  it('takes the first and the last instant that it knows', async () => {
    await database().sql(
      `INSERT INTO stage (assignment_id, name, start_date, end_date) VALUES ($1, 'x', '1970-01-01Z', '2199-12-31T23:59:59.999Z')`,
      [database().assignment],
    );
    expect((await database().record()).map(({ dueMs }) => dueMs)).to.deep.equal([0]);
  });

  it('refuses a name that is empty or longer than 200 characters', async () => {
    for (const name of ['', 'x'.repeat(201)]) {
      const insert = database().sql('INSERT INTO stage (assignment_id, name) VALUES ($1, $2)', [
        database().assignment,
        name,
      ]);
      expect(await refusal(insert)).to.equal('stage_name_length');
    }
    await database().sql('INSERT INTO stage (assignment_id, name) VALUES ($1, $2)', [
      database().assignment,
      '題'.repeat(200),
    ]);
  });

  it('keeps dates to the millisecond, which is what a timer counts in', async () => {
    const [row] = await database().sql<{ micros: number }>(
      `INSERT INTO stage (assignment_id, name, start_date) VALUES ($1, 'x', '2030-01-01T00:00:00.123456Z')
       RETURNING extract(microseconds FROM start_date)::int AS micros`,
      [database().assignment],
    );
    expect(row?.micros).to.equal(123_000);
  });

  it('has no row on the record that is early, whoever writes it', async () => {
    const early = database().sql(
      `INSERT INTO transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause)
       VALUES (gen_random_uuid(), gen_random_uuid(), 'pending', 'active', '2030-01-01Z', '2029-01-01Z', 'edit')`,
    );
    expect(await refusal(early)).to.equal('transition_never_early');
  });
});
