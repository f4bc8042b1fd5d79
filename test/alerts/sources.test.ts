import { install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { NoLeader } from '../../src/alerts/no-leader.ts';
import { Overdue } from '../../src/alerts/overdue.ts';
import { StallWatch } from '../../src/alerts/stall-watch.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Health } from '../../src/base/health.ts';
import { silentLog } from '../../src/base/log.ts';
import { Dispatcher } from '../../src/db/dispatcher.ts';
import type { Alerts } from '../../src/domain/alert.ts';

describe('What raises alerts', () => {
  let time: ReturnType<typeof install>;
  let said: string[];
  const alerts: Alerts = {
    raise: ({ kind, subject = '' }, agoMs = 0) => said.push(`${kind}${subject} since ${Math.round(agoMs)} ms`),
    resolve: (kind, subject = '') => said.push(`${kind}${subject} is over`),
  };
  beforeEach(() => {
    time = install({ now: 0 });
    said = [];
  });
  afterEach(() => time.uninstall());

  it('is something overdue that stays so for a while, and not what is caught up soon', () => {
    const overdue = new Overdue(alerts, systemClock, 10_000);
    const count = (missed: number): void => {
      overdue.counted(missed);
      time.tick(5000);
    };
    for (const missed of [0, 3, 2, 0, 1]) count(missed);
    expect(said).to.deep.equal([]);
    for (const missed of [1, 1, 1, 0, 0]) count(missed);
    expect(said).to.deep.equal(['overdue since 10000 ms', 'overdue is over']);
    // One that another leader has raised.
    overdue.termBegins();
    overdue.isOpen();
    count(0);
    expect(said.at(-1)).to.equal('overdue is over');
  });

  it('is that nobody leads, which whoever noticed takes back once somebody leads', () => {
    const dispatcher = new Dispatcher();
    const health = new Health(systemClock, silentLog);
    const view = { role: 'follower' as const, leaderSeenAgoMs: Number.POSITIVE_INFINITY };
    const noLeader = new NoLeader({ alerts, view, health, leaseMs: 1000, clock: systemClock }, dispatcher);
    const silence = () => dispatcher.tell({ kind: 'silence' });
    silence();
    noLeader.start();
    // What was before the start is not known.
    time.tick(3000);
    silence();
    expect(said).to.deep.equal([]);
    health.note('database', { cause: 'away', cure: 'wait', isBlocking: true });
    time.tick(500);
    silence();
    expect(said).to.deep.equal([]);
    health.note('database', null);
    silence();
    silence();
    dispatcher.tell({ kind: 'term', epoch: 2 });
    dispatcher.tell({ kind: 'term', epoch: 3 });
    expect(said).to.deep.equal(['no_leader since 3500 ms', 'no_leader is over']);
    // Where nothing is heard, who leads is read.
    silence();
    view.leaderSeenAgoMs = 1600;
    silence();
    expect(said.slice(2)).to.deep.equal(['no_leader since 3500 ms', 'no_leader is over']);
  });

  it('is a process that stands still, until it has not for five minutes', () => {
    const watch = new StallWatch(alerts, systemClock, ' web.1');
    watch.start();
    time.tick(60_000);
    time.jump(650);
    expect(said).to.deep.equal([]);
    time.tick(1000);
    time.jump(900);
    time.tick(200_000);
    time.jump(5000);
    expect(said).to.deep.equal(['event_loop web.1 since 700 ms']);
    time.tick(299_000);
    expect(said).to.have.length(1);
    time.tick(2000);
    expect(said.at(-1)).to.equal('event_loop web.1 is over');
    watch.stop();
  });
});
