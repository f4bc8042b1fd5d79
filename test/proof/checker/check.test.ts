import { expect } from 'chai';
import type { RecordedTransition } from '../../support/record.ts';
import { check } from './check.ts';
import { Doctored, EDIT, ends, goodRun, request, s, starts, takenBack } from './good-run.ts';
import type { History } from './history.ts';

const rulesBroken = (history: History): string[] => [...new Set(check(history).violations.map(({ rule }) => rule))];

describe('the checker', () => {
  it('finds nothing in a run in which everything went well', () => {
    const verdict = check(goodRun());
    expect(verdict.violations).to.deep.equal([]);
    expect(verdict.checked).to.deep.equal({ transitions: 21, requests: 18, terms: 2, stages: 12, faults: 1 });
  });

  it('tells how late the bells were where nothing was wrong', () => {
    // Not among them: what was missed under the fault, and two bells beside which an edit was sent.
    expect(check(goodRun()).calm).to.deep.equal({ count: 12, p50: 3, p99: 9, max: 9 });
  });

  it('finds nothing in nothing, but that nobody led', () => {
    const nothing: History = { ...goodRun(), transitions: [], terms: [], stages: [], requests: [], faults: [] };
    expect(rulesBroken(nothing)).to.deep.equal(['leaderless']);
  });

  it('tells a rule that is broken a hundred times twenty times, and how often beside', () => {
    const history: History = { ...goodRun(), complaints: Array<string>(100).fill('unhandled rejection') };
    const { violations } = check(history);
    expect(violations).to.have.length(21);
    expect(violations.at(-1)?.detail).to.equal('and 80 more');
  });

  it('lets requests that were under way at the same time come in any order', () => {
    const run = new Doctored();
    // The postponement was sent before the bell and answered after it: it may have come after it.
    run.request('edit', 'postponed').sentMs = s(5.9);
    run.request('edit', 'postponed').answeredMs = s(6.1);
    run.record(starts('postponed', s(6), s(6.002)));
    run.record(takenBack('postponed', 'active', 'pending', s(6.05)));
    // And two edits that overlap: the last one to be sent need not be the last one to be written.
    run.ask(request('edit', s(8.495), [['reopened', s(3), s(12)]]));
    expect(check(run.history).violations).to.deep.equal([]);
  });

  it('lets a request without an answer have happened, not have happened, or happen late', () => {
    const undone = new Doctored();
    for (const id of ['unsure', 'unsure too']) {
      Object.assign(undone.stage(id), { startMs: s(100), status: 'pending', version: 1 });
    }
    undone.history.transitions = undone.history.transitions.filter(({ stageId }) => !stageId.startsWith('unsure'));
    expect(check(undone.history).violations).to.deep.equal([]);
    const late = new Doctored();
    late.row('unsure', 'active').occurredMs = s(25.005);
    Object.assign(late.row('unsure too', 'active'), { occurredMs: s(26), ...EDIT });
    expect(check(late.history).violations).to.deep.equal([]);
  });

  it('gives each bell a bound of its own while a fault goes on', () => {
    const run = new Doctored();
    const meanwhile = { untilMs: s(41), lateMs: 800 };
    run.history.faults.push({
      kind: 'slow',
      target: 'all',
      startedMs: s(30),
      healedMs: s(30),
      boundMs: 1000,
      meanwhile,
    });
    run.row('caught', 'completed').occurredMs = s(40.8);
    expect(check(run.history).violations).to.deep.equal([]);
    run.row('caught', 'completed').occurredMs = s(40.801);
    expect(rulesBroken(run.history)).to.deep.equal(['late']);
  });

  it('allows both boundaries that were missed one statement, or one each', () => {
    const run = new Doctored();
    run.stage('missed').version = 3;
    expect(check(run.history).violations).to.deep.equal([]);
  });

  it('lets a boundary right before the end go either way', () => {
    const run = new Doctored();
    run.history.endedMs = s(40.001);
    expect(check(run.history).violations).to.deep.equal([]);
    run.drop(run.row('caught', 'completed'));
    Object.assign(run.stage('caught'), { status: 'active', version: 2 });
    expect(check(run.history).violations).to.deep.equal([]);
  });

  it('allows for a step back of the database clock of which it is told', () => {
    const run = new Doctored();
    run.row('calm', 'completed').dueMs = s(8);
    run.row('calm', 'completed').occurredMs = s(8);
    for (const stage of run.request('create', 'calm').stages) if (stage.id === 'calm') stage.endMs = s(8);
    run.stage('calm').endMs = s(8);
    expect(rulesBroken(run.history)).to.deep.equal(['order']);
    expect(check(run.history, { stepBackMs: 1500 }).violations).to.deep.equal([]);
  });

  it('takes no more than a moment for a hundred thousand transitions', () => {
    const history = goodRun();
    const rows: RecordedTransition[] = [];
    for (let i = 0; i < 50_000; i++) {
      const [startMs, endMs] = [s(100 + i / 100), s(100.001 + i / 100)];
      history.requests.push(request('create', s(61 + i / 1e4), [[`s${i}`, startMs, endMs]]));
      history.stages.push({ id: `s${i}`, startMs, endMs, status: 'completed', version: 3 });
      for (const row of [starts(`s${i}`, startMs, startMs), ends(`s${i}`, endMs, endMs)]) {
        const id = String(100 + rows.length);
        rows.push({
          id,
          from: 'pending',
          to: 'active',
          dueMs: null,
          cause: 'timer',
          instance: 'i2',
          term: 2,
          actor: null,
          ...row,
        });
      }
    }
    history.transitions.push(...rows);
    history.endedMs = s(800);
    // Of this process: the machine may be busy with others.
    const from = process.cpuUsage();
    const { violations, checked } = check(history);
    expect(violations).to.deep.equal([]);
    expect(checked.transitions).to.equal(100_021);
    expect(process.cpuUsage(from).user / 1000).to.be.below(5000);
  });
});
