import pg from 'pg';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Session } from '../../../src/db/database.ts';
import { advance } from '../../../src/db/leading/advance.ts';
import { takeTerm } from '../../../src/db/leading/term.ts';
import { PostgresDatabase } from '../../../src/db/postgres/postgres.ts';
import { BATCH } from '../../../src/scheduler/advancer.ts';
import { fillDue } from './due.ts';
import { ms, type Series } from './series.ts';

const BATCHES = 11;

/** As EXPLAIN (ANALYZE, FORMAT JSON) tells it; times in milliseconds. */
interface Explained {
  Plan: Node;
  'Execution Time': number;
}

interface Node {
  'Subplan Name'?: string;
  'Actual Total Time': number;
  Plans?: Node[];
}

/** The common table expressions of the statement that end a step, in their order: each waits for the one before. */
const STEPS = [
  ['choosing what is due, and locking it', 'due'],
  ['sorting it by instant', 'crossed'],
  ['updating the stages and their indexes', 'moved'],
  ['the gate, and writing the record and its indexes', 'recorded'],
] as const;

/** What a burst consists of: batches of this kind, two at a time. */
export const steps: Series = {
  name: 'steps',
  title: `Where the time of one batch of ${BATCH.toLocaleString('en')} goes, by EXPLAIN ANALYZE: median of ${BATCHES} batches`,
  columns: ['step', 'time', 'share'],
  async *lines(bench) {
    const database = await bench.migrated();
    const batches = await explainBatches(database.url);
    await database.drop();
    const whole = median(batches.map((batch) => batch['Execution Time']));
    const line = (step: string, time: (batch: Explained) => number): string[] => {
      const took = median(batches.map(time));
      return [step, ms(took), `${Math.round((100 * took) / whole)} %`];
    };
    for (const [i, [step, name]] of STEPS.entries()) {
      const before = STEPS[i - 1]?.[1];
      yield line(step, ({ Plan }) => ended(Plan, name) - (before === undefined ? 0 : ended(Plan, before)));
    }
    yield line('all', (batch) => batch['Execution Time']);
  },
};

/** Moves what is due as the service does, one batch after the other, each explained. */
async function explainBatches(url: string): Promise<Explained[]> {
  await fillDue(url, BATCH * BATCHES);
  const database = new PostgresDatabase(url, systemClock, silentLog);
  await database.connect();
  const session = database.openSession('capacity', 60_000);
  try {
    const term = await takeTerm(session, 'capacity', 5000, 'always');
    if (term === null) throw new Error('The term was not given.');
    const batches: Explained[] = [];
    const db = {
      async query<Row>({ text }: { text: string }, values: unknown[] = []): Promise<Row[]> {
        batches.push(await explain(session, text, values, batches.length));
        return [
          { fenced_in: 1, moved: BATCH, first_due: null, chosen: BATCH, now: 0, last: null, kept: null, tally: [] },
        ] as Row[];
      },
    };
    for (let i = 0; i < BATCHES; i++) {
      const slot = { number: i, before: null, onChosen: () => {} };
      await advance(db, { term, limit: BATCH, cause: 'timer', instance: 'capacity', slot });
    }
    return batches;
  } finally {
    await session.close();
    await database.close();
  }
}

/** Under the session's own settings, and by the plan for any parameters, as the service runs it. */
async function explain(session: Session, text: string, values: unknown[], number: number): Promise<Explained> {
  if (number === 0) await session.query({ name: 'prepare', text: `PREPARE explained AS ${text}` });
  const literals = values.map((value) =>
    value === null ? 'NULL' : Array.isArray(value) ? "'{}'" : pg.escapeLiteral(String(value)),
  );
  const [row] = await session.query<{ 'QUERY PLAN': [Explained] }>({
    name: `explain ${number}`,
    text: `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained (${literals.join(', ')})`,
  });
  if (row === undefined) throw new Error('EXPLAIN said nothing.');
  return row['QUERY PLAN'][0];
}

/** When the common table expression of this name had given its last row, from the start of the statement. */
function ended(plan: Node, name: string): number {
  const find = (node: Node): Node | undefined => {
    if (node['Subplan Name'] === `CTE ${name}`) return node;
    for (const child of node.Plans ?? []) {
      const found = find(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const node = find(plan);
  if (node === undefined) throw new Error(`The plan has no ${name}.`);
  return node['Actual Total Time'];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
