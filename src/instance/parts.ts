import { Dispatcher } from '../db/dispatcher.ts';
import { Candidacy } from './candidacy.ts';
import { DatabaseTime } from './database-time.ts';
import type { EngineOptions } from './engine-options.ts';
import { FullQueue } from './health/full-queue.ts';
import { Hearing } from './hearing.ts';
import { LeaderWatch } from './leader-watch.ts';
import { SchedulerLifecycle } from './scheduler-lifecycle.ts';
import { OwnSessions } from './sessions/own-sessions.ts';

/** The parts of an instance. Each is given those that it works with, and subscribes at the dispatcher to its news. */
export class Parts {
  readonly dispatcher = new Dispatcher();
  readonly own: OwnSessions;
  readonly time: DatabaseTime;
  readonly hearing: Hearing;
  readonly fullQueue: FullQueue;
  readonly leaderWatch: LeaderWatch;
  readonly candidacy: Candidacy;
  readonly lifecycle: SchedulerLifecycle;

  constructor(options: EngineOptions) {
    const { database, role, leaseMs, clock, log, health } = options;
    const { dispatcher } = this;
    this.own = new OwnSessions({ database, mayLead: role !== 'web', leaseMs, health, clock });
    this.time = new DatabaseTime(clock, health);
    this.hearing = new Hearing({ database, clock, log, health, dispatcher });
    this.fullQueue = new FullQueue(clock, health, dispatcher);
    this.leaderWatch = new LeaderWatch(this.own.watch, leaseMs, clock, dispatcher);
    this.candidacy = new Candidacy({ kept: this.own.kept, leaseMs, clock, dispatcher });
    this.lifecycle = new SchedulerLifecycle(options, this);
  }
}
