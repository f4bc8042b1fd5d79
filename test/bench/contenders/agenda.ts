import { PostgresBackend } from '@agendajs/postgres-backend';
import { Agenda } from 'agenda';
import type { Environment } from './contender.ts';
import { JobContender } from './job-contender.ts';
import type { PlannedStage } from './work.ts';

/**
 * It scans each `processEvery`, locks what comes due before its next scan, one job after the other, and
 * sets a timer for each. Longer, a scan locks so many that they hold each other up; shorter, scans do.
 */
const BEST = { processEvery: '1 second', defaultConcurrency: 100, maxConcurrency: 100, removeOnComplete: true };
/** It has no way to add many jobs in one statement. */
const ADDED_AT_ONCE = 20;

export class AgendaContender extends JobContender {
  #agenda: Agenda | undefined;

  protected async connect({ databaseUrl }: Environment): Promise<void> {
    const backend = new PostgresBackend({ poolConfig: { connectionString: databaseUrl, max: ADDED_AT_ONCE } });
    this.#agenda = new Agenda({ backend, ...(this.isBest ? BEST : {}) });
    this.#agenda.on('error', () => {});
    this.#agenda.define<{ id: number }>('flip', (job) => this.stages.flip([job.attrs.data.id]));
    await this.#agenda.ready;
  }

  protected async add(stages: readonly PlannedStage[]): Promise<void> {
    const queue = [...stages];
    const lane = async (): Promise<void> => {
      for (let stage = queue.pop(); stage !== undefined; stage = queue.pop())
        await this.#agenda?.schedule(new Date(stage.dueMs), 'flip', { id: stage.id });
    };
    await Promise.all(Array.from({ length: ADDED_AT_ONCE }, lane));
  }

  async work(): Promise<void> {
    await this.#agenda?.start();
  }

  protected async disconnect(): Promise<void> {
    await this.#agenda?.stop();
  }
}
