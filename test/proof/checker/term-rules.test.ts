import { areCaught } from './caught.ts';
import { s } from './good-run.ts';

describe('the rules of the checker for leadership:', () => {
  areCaught({
    term: {
      'a bell in a term that had ended': (run) =>
        Object.assign(run.term(1), { endedMs: s(10.001), endedBy: 'release' }),
      'a bell before its term began': (run) => {
        run.term(2).startedMs = s(21.36);
        run.term(1).endedMs = s(21.36);
      },
      "a bell under another instance's term": (run) => {
        run.row('calm', 'active').instance = 'i3';
      },
      'a bell under no term': (run) => {
        run.row('calm', 'active').term = null;
      },
      'a bell after its term was let go': (run) => {
        run.fault({ kind: 'stop', target: 'i2', startedMs: s(38), healedMs: s(38.5), boundMs: 1000 });
        Object.assign(run.term(2), { endedMs: s(38.1), endedBy: 'release' });
        run.history.terms.push({ epoch: 3, instance: 'i3', startedMs: s(38.2), endedMs: null, endedBy: null });
      },
    },
    overlap: {
      'two terms that act by turns, whatever the clocks say': (run) => {
        Object.assign(run.row('caught', 'active'), { term: 1, instance: 'i1' });
        run.term(1).endedMs = s(21.351);
        run.term(2).startedMs = s(21.349);
      },
    },
    'two-terms': {
      'a term that began while the last one went on': (run) => {
        run.term(2).startedMs = s(21.25);
      },
      'a term that never ended': (run) => {
        run.term(1).endedMs = null;
      },
      'a term that ended before it began': (run) => {
        run.history.terms.push({
          epoch: 3,
          instance: 'i3',
          startedMs: s(21.34),
          endedMs: s(21.33),
          endedBy: 'take-over',
        });
        run.history.terms.push({ epoch: 4, instance: 'i2', startedMs: s(21.34), endedMs: null, endedBy: null });
        run.term(2).endedMs = s(21.33);
        for (const row of run.history.transitions) if (row.term === 2) row.term = 4;
      },
    },
    epochs: {
      'a term that is not in the log': (run) => {
        run.term(2).epoch = 3;
        for (const row of run.history.transitions) if (row.term === 2) row.term = 3;
      },
    },
    leaderless: {
      'nobody leads at the end': (run) => Object.assign(run.term(2), { endedMs: s(50), endedBy: 'release' }),
      'whoever leads came too late': (run) => {
        run.fault({ kind: 'kill', target: 'i3', startedMs: s(20.7), healedMs: s(20.8), boundMs: 3500 });
        for (const row of [run.row('missed', 'active'), run.row('missed', 'completed'), run.row('caught', 'active')]) {
          row.occurredMs = s(24);
        }
        run.term(2).startedMs = s(24);
        Object.assign(run.term(1), { endedMs: s(22), endedBy: 'release' });
      },
    },
    flapping: {
      'a term that began for what costs none': (run) => {
        run.fault({
          ...{ kind: 'session', target: 'i2', startedMs: s(50), healedMs: s(50), boundMs: 300, keepsTerm: true },
        });
        Object.assign(run.term(2), { endedMs: s(50.1), endedBy: 'take-over' });
        run.history.terms.push({ epoch: 3, instance: 'i3', startedMs: s(50.1), endedMs: null, endedBy: null });
      },
      'a term that began in calm': (run) => {
        Object.assign(run.term(2), { endedMs: s(50), endedBy: 'take-over' });
        run.history.terms.push({ epoch: 3, instance: 'i3', startedMs: s(50), endedMs: null, endedBy: null });
      },
    },
    untold: {
      'a crash that was noticed only after the lease': (run) =>
        run.history.faults.map((fault) => Object.assign(fault, { ledByMs: s(20.5) })),
    },
    complaint: {
      'something else that must not be': (run) => run.history.complaints.push('i2: unhandled rejection'),
    },
  });
});
