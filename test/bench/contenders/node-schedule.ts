import { gracefulShutdown, scheduleJob } from 'node-schedule';
import { JobContender } from './job-contender.ts';
import type { PlannedStage } from './work.ts';

/** The obvious program: one job per stage, in memory, read from the table when the process starts. */
export class NaiveNodeSchedule extends JobContender {
  #isWorking = false;

  protected async connect(): Promise<void> {}

  protected async add(stages: readonly PlannedStage[]): Promise<void> {
    if (!this.#isWorking) return;
    for (const { id, dueMs } of stages) {
      const flip = (): void => void this.stages.flip([id]);
      // null: the date has passed, and the library would never run it.
      if (scheduleJob(new Date(dueMs), flip) === null) flip();
    }
  }

  async work(): Promise<void> {
    this.#isWorking = true;
    await this.stages.eachPending((stages) => this.add(stages));
  }

  protected async disconnect(): Promise<void> {
    await gracefulShutdown();
  }
}
