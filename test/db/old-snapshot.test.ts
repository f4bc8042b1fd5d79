import { expect } from 'chai';
import pg from 'pg';
import type { Queryable } from '../../src/db/database.ts';
import { type Advanced, advance, type BoundaryKey } from '../../src/db/leading/advance.ts';
import { sendHeartbeat } from '../../src/db/leading/heartbeat.ts';
import { readOutstanding } from '../../src/db/leading/horizon.ts';
import { takeTerm } from '../../src/db/leading/term.ts';
import { onPostgres } from '../support/on-each.ts';

const MOVED = 10_000;
/** Of 8 kB, in memory or not. Walking over what was moved takes a thousand and more. */
const FEW_PAGES = 200;

/** A reader that stays open keeps what was moved from being cleaned away: what does not need it must not walk over it. */
onPostgres('Under an old snapshot', (database) => {
  let pages = 0;
  /** Runs what it is given under EXPLAIN, and counts the pages that were touched. */
  const counting: Queryable = {
    query: async <Row>({ name, text }: { name: string; text: string }, values: unknown[] = []) => {
      const literals = values.map((value) => {
        if (value === null) return 'NULL';
        return pg.escapeLiteral(Array.isArray(value) ? `{${value.join(',')}}` : String(value));
      });
      await database().sql(`PREPARE counted_${name} AS ${text}`);
      const [row] = await database().sql<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE counted_${name}${literals.length > 0 ? `(${literals.join(', ')})` : ''}`,
      );
      await database().sql(`DEALLOCATE counted_${name}`);
      const plan = row?.['QUERY PLAN'][0].Plan ?? {};
      pages = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
      return [{ tally: [], last: null, instants: [] }] as Row[];
    },
  };

  it('nothing walks over what has been moved', async function () {
    this.timeout(30_000);
    const reader = await database().connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT count(*) FROM stage');
    await database().missed('-2 hours', '-1 hour', MOVED);
    const term = await takeTerm(database().db, 'leader', 5000, 'always');
    if (term === null) throw new Error('The term was not given.');
    const options = { term, limit: 1000, cause: 'sweep', instance: 'test' } as const;
    let reachedMs = 0;
    for (let chosen: number = options.limit, from: BoundaryKey | null = null; chosen === options.limit; ) {
      const advanced: Advanced = await advance(database().db, { ...options, from });
      chosen = advanced.chosen;
      from = advanced.last ?? from;
      reachedMs = Math.floor(advanced.nowMs ?? 0);
    }
    await database().sql('ANALYZE stage');
    await advance(counting, options);
    expect(pages, 'of an advance from the beginning of time').to.be.above(FEW_PAGES);
    await advance(counting, { ...options, from: { atMs: reachedMs, id: null } });
    expect(pages, 'of an advance').to.be.below(FEW_PAGES);
    await readOutstanding(counting, [reachedMs]);
    expect(pages, 'of a look at one instant').to.be.below(FEW_PAGES);
    await sendHeartbeat(counting, term, { beforeMs: reachedMs, stages: [] });
    expect(pages, 'of a heartbeat').to.be.below(FEW_PAGES);
  });
});
