import { expect } from 'chai';
import { check } from './check.ts';
import { goodRun } from './good-run.ts';
import type { History } from './history.ts';

/** What may go wrong with any one row, wherever it is: some rule notices. */
const DAMAGE: Record<string, (history: History, i: number) => boolean> = {
  'a row of the record is missing': ({ transitions }, i) => transitions.splice(i, 1).length > 0,
  'a row of the record is there twice': ({ transitions }, i) => {
    const row = transitions[i];
    if (row === undefined) return false;
    transitions.splice(i, 0, row);
    return true;
  },
  'a bell rang early': ({ transitions }, i) => {
    const row = transitions[i];
    if (row?.dueMs == null) return row !== undefined;
    row.occurredMs = row.dueMs - 1;
    return true;
  },
  'a bell rang at another instant': ({ transitions }, i) => {
    const row = transitions[i];
    if (row?.dueMs != null) row.dueMs -= 1;
    return row !== undefined;
  },
  'a row names another term': ({ transitions }, i) => {
    const row = transitions[i];
    if (row?.term != null) row.term = 3 - row.term;
    return row !== undefined;
  },
  'a stage is gone': ({ stages }, i) => stages.splice(i, 1).length > 0,
  'a stage has another status': ({ stages }, i) => {
    const stage = stages[i];
    if (stage !== undefined) stage.status = stage.status === 'active' ? 'pending' : 'active';
    return stage !== undefined;
  },
  'a stage has another date': ({ stages }, i) => {
    const stage = stages[i];
    if (stage?.startMs != null) stage.startMs += 1;
    return stage !== undefined;
  },
};

describe('the checker notices wherever', () => {
  for (const [title, damage] of Object.entries(DAMAGE)) {
    it(title, () => {
      const unnoticed: unknown[] = [];
      for (let i = 0; ; i++) {
        const history = structuredClone(goodRun());
        const untouched = JSON.stringify(history);
        if (!damage(history, i)) break;
        const isDamaged = JSON.stringify(history) !== untouched;
        if (isDamaged && check(history).violations.length === 0) unnoticed.push(goodRun().transitions[i]);
      }
      expect(unnoticed).to.deep.equal([]);
    });
  }
});
