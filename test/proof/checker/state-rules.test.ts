import { areCaught } from './caught.ts';
import { request, s } from './good-run.ts';

describe('the rules of the checker for what is there at the end:', () => {
  areCaught({
    lost: {
      'a bell that never rang': (run) => {
        run.drop(run.row('beside', 'active'));
        Object.assign(run.stage('beside'), { status: 'pending', version: 1 });
      },
      'an end that never came': (run) => {
        run.drop(run.row('caught', 'completed'));
        Object.assign(run.stage('caught'), { status: 'active', version: 2 });
      },
      'an end that never came of a stage that was deleted later': (run) => run.drop(run.row('over', 'completed')),
    },
    ahead: {
      'a stage that is active before its start': (run) => {
        run.ask(request('edit', s(50), [['unsure', s(200), null]]));
        run.stage('unsure').startMs = s(200);
      },
    },
    record: {
      'a change of status that is not on the record': (run) => {
        run.drop(run.row('calm', 'completed'));
        run.stage('calm').version = 2;
      },
      'a change with no row at all': (run) => {
        run.drop(run.row('beside', 'active'));
        run.stage('beside').version = 1;
      },
    },
    vanished: {
      'a stage that was created is gone': (run) => run.forget('swept'),
    },
    undeleted: {
      'a stage that was deleted is there': (run) => {
        run.history.stages.push({ id: 'deleted', startMs: s(80), endMs: null, status: 'pending', version: 1 });
        for (const stage of run.request('create', 'deleted').stages) stage.startMs = s(80);
      },
    },
    undone: {
      'an acknowledged edit is gone': (run) => {
        run.ask(request('edit', s(50), [['unsure', s(26), null]]));
      },
      'dates that nobody wrote': (run) => {
        run.stage('postponed').endMs = s(35.001);
      },
      'dates that nobody wrote, of a stage that was only renamed': (run) => {
        run.stage('future').endMs = s(951);
      },
    },
    stray: {
      'a stage that nobody created': (run) => {
        run.history.stages.push({ id: 'stray', startMs: s(70), endMs: null, status: 'pending', version: 1 });
      },
    },
    torn: {
      'half of an edit without an answer': (run) => {
        run.drop(run.row('unsure too', 'active'));
        Object.assign(run.stage('unsure too'), { startMs: s(100), status: 'pending', version: 1 });
      },
      'half of a create without an answer': (run) => {
        run.ask(
          request(
            'create',
            s(41),
            [
              ['one', s(70), null],
              ['two', s(70), null],
            ],
            'maybe',
          ),
        );
        run.history.stages.push({ id: 'one', startMs: s(70), endMs: null, status: 'pending', version: 1 });
      },
      'half of a delete without an answer': (run) => {
        run.ask(
          request(
            'delete',
            s(50),
            [
              ['calm', null, null],
              ['beside', null, null],
            ],
            'maybe',
          ),
        );
        run.history.stages = run.history.stages.filter(({ id }) => id !== 'calm');
      },
    },
    untouched: {
      'a stage that nobody touched was moved once too often': (run) => {
        run.stage('calm').version = 4;
      },
      'a stage that missed both and was moved three times': (run) => {
        run.stage('missed').version = 4;
      },
      'a stage that nobody touched has other dates': (run) => {
        run.stage('swept').startMs = s(30.001);
      },
    },
  });
});
