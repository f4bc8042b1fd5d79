import { areCaught } from './caught.ts';
import { EDIT, ends, request, s, starts, takenBack } from './good-run.ts';

describe('the rules of the checker for the record:', () => {
  areCaught({
    early: {
      'a bell a millisecond before its instant': (run) => {
        run.row('calm', 'completed').occurredMs = s(9.999);
      },
    },
    order: {
      'a row that was committed after a later id': (run) => {
        run.row('postponed', 'active').occurredMs = s(9.1);
        run.row('calm', 'active').occurredMs = s(5.1);
      },
      'an id that is there twice': (run) => {
        run.row('beside', 'active').id = run.row('calm', 'active').id;
      },
    },
    twice: {
      'a bell that rang twice': (run) => {
        run.record(starts('beside', s(5), s(5.01)));
        run.stage('beside').version += 1;
      },
      'an end that was crossed twice': (run) => {
        run.record(ends('calm', s(10), s(10.02)));
        run.stage('calm').version += 1;
      },
    },
    chain: {
      'an end without its start': (run) => {
        run.drop(run.row('calm', 'active'));
        run.stage('calm').version = 2;
      },
      'both boundaries in one row': (run) => {
        run.drop(run.row('missed', 'active'));
        run.row('missed', 'completed').from = 'pending';
      },
      'a timer that goes backwards': (run) => {
        Object.assign(run.backwards('reopened'), { cause: 'timer', term: 1, instance: 'i1' });
      },
    },
    stale: {
      'a bell on the old instant after the postponement was acknowledged': (run) => {
        run.record(starts('postponed', s(6), s(6.002)));
        run.record(takenBack('postponed', 'active', 'pending', s(6.5)));
        run.ask(request('edit', s(6.495), [['postponed', s(9), s(35)]]));
      },
      'a bell of a stage whose delete was acknowledged': (run) => run.record(starts('deleted', s(8), s(8.002))),
    },
    unwritten: {
      'a bell at an instant that nobody wrote': (run) => {
        run.row('calm', 'completed').dueMs = s(9.99);
      },
    },
    uncaused: {
      "an edit's row when nobody edited": (run) => {
        Object.assign(run.row('calm', 'active'), EDIT);
        run.stage('calm').version = 2;
      },
    },
    late: {
      'a bell in calm that is later than the calm bound': (run) => {
        run.row('caught', 'completed').occurredMs = s(40.251);
      },
      'a bell that fell into a fault and came after its bound': (run) => {
        run.row('caught', 'active').occurredMs = s(24);
      },
    },
  });
});
