import { expect } from 'chai';
import fc from 'fast-check';
import { inSeconds, type Json, pointersOf, suiteApi } from './support.ts';

/** What a list must answer, said once more in plain JavaScript; each choice of filters is paged through and compared. */
type Filters = Record<string, string>;

const DAY_S = 86_400;
const HOUR_MS = 3_600_000;
const [MANY, FEW] = [60, 15];

for (const [kind, runs] of [
  ['postgres', MANY],
  ['embedded', FEW],
] as const) {
  describe(`filters of lists (${kind})`, () => {
    let stages: Json[];
    let assignments: Json[];
    let transitions: Json[];
    /** Few of them, so that many rows share one. */
    const days = [-3, -2, -1, 1, 2, 3].map((n) => inSeconds(n * DAY_S));

    const api = suiteApi({}, kind);
    before(async function () {
      this.timeout(60_000);
      for (let a = 0; a < 4; a++) {
        const all = days.flatMap((start_date, i) => [
          { name: `${a} ${i}`, start_date, external_id: `s${i}` },
          ...days.slice(i + 1).map((end_date) => ({ name: `${a} ${i}`, start_date, end_date })),
        ]);
        const mine = [...all.filter((_, i) => (i + a) % 3 > 0), { name: 'unplanned', external_id: `u${a}` }];
        const title = ['Essay 1', 'essay 2', '100% Ümläut_', 'Thesis'][a];
        await api.call('POST', '/v1/assignments', { title, stages: mine, external_id: `a${a}` });
      }
      const shown = (await api.call('GET', '/v1/stages?limit=500')).body.items;
      // One that is reopened, and one that is postponed: transitions of all directions.
      for (const status of ['completed', 'active']) {
        const { id } = shown.find((stage: Json) => stage.status === status && stage.end_date !== null);
        await api.call('PATCH', `/v1/stages/${id}`, { start_date: days[3], end_date: days[5] });
      }
      stages = (await api.call('GET', '/v1/stages?limit=500')).body.items;
      assignments = (await api.call('GET', '/v1/assignments?limit=500')).body.items;
      transitions = (await api.call('GET', '/v1/transitions?limit=500')).body.items;
      expect([stages.length, transitions.length]).to.satisfy((n: number[]) => n.every((each) => each > 40));
    });

    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
    const day = fc
      .integer({ min: -1, max: days.length })
      .map((i) => days[i] ?? (i < 0 ? inSeconds(-9e6) : inSeconds(9e6)));
    const some = (of: readonly string[]) => fc.subarray([...of], { minLength: 1 }).map((each) => each.join(','));
    const limit = fc.integer({ min: 1, max: 40 }).map(String);

    /** As the query has it, whatever the order of the rows. */
    async function pages(path: string, filters: Filters): Promise<string[]> {
      const found: string[] = [];
      for (let cursor: string | null = null, n = 0; n < 300; n++) {
        const query = new URLSearchParams({ ...filters, ...(cursor === null ? {} : { cursor }) });
        const { status, body } = await api.call('GET', `${path}?${query}`);
        expect(status, JSON.stringify(body)).to.equal(200);
        found.push(...body.items.map(({ id }: Json) => id));
        cursor = body.next_cursor;
        if (cursor === null) return found;
        expect(body.items).to.have.length(Number(filters['limit'] ?? 50));
      }
      throw new Error('The pages do not end.');
    }

    async function agree(
      path: string,
      shape: Record<string, fc.Arbitrary<string | undefined>>,
      model: (f: Filters) => Json[],
    ) {
      await fc.assert(
        fc.asyncProperty(fc.record(shape), async (given) => {
          const filters = Object.fromEntries(
            Object.entries(given).filter(([, value]) => value !== undefined),
          ) as Filters;
          expect(await pages(path, filters)).to.deep.equal(model(filters).map(({ id }) => id));
        }),
        { numRuns: runs },
      );
    }
    const isIn = (list: string | undefined, value: string) => list === undefined || list.split(',').includes(value);
    const isFrom = (bound: string | undefined, value: string | null) =>
      bound === undefined || (value !== null && value >= bound);
    const isBefore = (bound: string | undefined, value: string | null) =>
      bound === undefined || (value !== null && value < bound);
    const isEqual = (wanted: string | undefined, value: string | null) => wanted === undefined || value === wanted;
    const sorted = (rows: Json[], key: string) =>
      [...rows].sort((a, b) => {
        const [x, y] = [a, b].map((row) => `${row[key] ?? '9'} ${row.id}`) as [string, string];
        return x < y ? -1 : 1;
      });

    it('of stages, in any combination and order, are paged without gaps or repeats', async function () {
      this.timeout(60_000);
      const shape = {
        status: maybe(some(['pending', 'active', 'completed'])),
        assignment_id: fc.option(some(assignments.map(({ id }) => id)), { nil: undefined, freq: 1 }),
        ids: fc.option(some(stages.map(({ id }) => id)), { nil: undefined, freq: 1 }),
        external_id: fc.option(fc.constantFrom('s1', 's4', 'u1', 'none'), { nil: undefined, freq: 1 }),
        starts_from: maybe(day),
        starts_before: maybe(day),
        ends_from: maybe(day),
        ends_before: maybe(day),
        updated_since: maybe(fc.constantFrom(...stages.map(({ updated_at }) => updated_at as string))),
        order: maybe(fc.constantFrom('start_date', 'end_date', 'updated_at')),
        limit: maybe(limit).map((given) => given ?? '500'),
      };
      await agree('/v1/stages', shape, (f) =>
        sorted(
          stages.filter(
            (stage) =>
              isIn(f['status'], stage.status) &&
              isIn(f['assignment_id'], stage.assignment_id) &&
              isIn(f['ids'], stage.id) &&
              isEqual(f['external_id'], stage.external_id) &&
              isFrom(f['starts_from'], stage.start_date) &&
              isBefore(f['starts_before'], stage.start_date) &&
              isFrom(f['ends_from'], stage.end_date) &&
              isBefore(f['ends_before'], stage.end_date) &&
              isFrom(f['updated_since'], stage.updated_at),
          ),
          f['order'] ?? 'start_date',
        ),
      );
    });

    it('of assignments, in any combination and order', async () => {
      const shape = {
        title: maybe(fc.constantFrom('ESSAY', '%', '_', 'üm', 'nothing', '1')),
        ids: fc.option(some(assignments.map(({ id }) => id)), { nil: undefined, freq: 1 }),
        external_id: fc.option(fc.constantFrom('a1', 'none'), { nil: undefined, freq: 1 }),
        updated_since: maybe(fc.constantFrom(...assignments.map(({ updated_at }) => updated_at as string))),
        order: maybe(fc.constantFrom('created', 'updated', 'title')),
        limit: maybe(fc.constantFrom('1', '2', '3')).map((given) => given ?? '500'),
      };
      const byTitle = (await api.call('GET', '/v1/assignments?order=title')).body.items.map(({ id }: Json) => id);
      await agree('/v1/assignments', shape, (f) => {
        const wanted = assignments.filter(
          (row) =>
            isIn(f['ids'], row.id) &&
            isEqual(f['external_id'], row.external_id) &&
            isFrom(f['updated_since'], row.updated_at) &&
            row.title.toLowerCase().includes((f['title'] ?? '').toLowerCase()),
        );
        // How titles are sorted is the database's to say.
        if (f['order'] === 'title') return wanted.sort((a, b) => byTitle.indexOf(a.id) - byTitle.indexOf(b.id));
        return sorted(wanted, f['order'] === 'updated' ? 'updated_at' : 'created_at');
      });
      expect(new Set(byTitle).size).to.equal(4);
    });

    it('of transitions, in any combination', async () => {
      const at = fc.constantFrom(...transitions.map(({ occurred_at }) => occurred_at as string));
      const shape = {
        assignment_id: maybe(fc.constantFrom(...assignments.map(({ id }) => id as string))),
        to: maybe(fc.constantFrom('pending', 'active', 'completed')),
        occurred_from: maybe(at),
        occurred_before: maybe(at),
        limit,
      };
      await agree('/v1/transitions', shape, (f) =>
        transitions.filter(
          (row) =>
            isEqual(f['assignment_id'], row.assignment_id) &&
            isEqual(f['to'], row.to) &&
            isFrom(f['occurred_from'], row.occurred_at) &&
            isBefore(f['occurred_before'], row.occurred_at),
        ),
      );
    });

    it('by 200 ids answer all of them on one page, unless a limit is given', async () => {
      const ids = stages.slice(0, 55).map(({ id }) => id);
      const unknown = Array.from({ length: 145 }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`);
      const asked = [...ids, ...unknown].join(',');
      const { body } = await api.call('GET', `/v1/stages?ids=${asked}`);
      expect([body.items.length, body.next_cursor]).to.deep.equal([55, null]);
      expect((await api.call('GET', `/v1/stages?ids=${asked}&limit=3`)).body.items).to.have.length(3);
      const tooMany = await api.call('GET', `/v1/stages?ids=${asked},${ids[0]}`);
      expect(tooMany.body.errors[0].detail).to.equal('has 201 ids: at most 200 can be asked for at once');
    });

    it('that are not understood are refused, each at its place', async () => {
      const local = new Date(Date.parse(inSeconds(0)) + 8 * HOUR_MS).toISOString().slice(0, 19);
      const answer = await api.call(
        'GET',
        `/v1/stages?status=done&ids=,&starts_from=${local}+08:00&order=name&ends_from=x`,
      );
      expect(answer.status).to.equal(422);
      expect(pointersOf(answer)).to.have.members(['/status', '/ids', '/starts_from', '/order', '/ends_from']);
      const { detail } = answer.body.errors.find(({ pointer }: Json) => pointer === '/starts_from');
      expect(detail).to.contain(`write ${local}%2B08:00`);
      const { body } = await api.call('GET', '/v1/stages?limit=1&order=end_date');
      for (const order of ['', '&order=updated_at']) {
        const other = await api.call('GET', `/v1/stages?cursor=${body.next_cursor}${order}`);
        expect([other.status, ...pointersOf(other)]).to.deep.equal([422, '/cursor']);
      }
    });
  });
}
