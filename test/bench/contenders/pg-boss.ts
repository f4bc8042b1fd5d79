import { PgBoss } from 'pg-boss';
import type { Environment } from './contender.ts';
import { JobContender } from './job-contender.ts';
import type { PlannedStage } from './work.ts';

const QUEUE = 'stages';

/**
 * The shortest poll that it allows, large batches flipped by one statement, and its burst mode while
 * batches are full. Its LISTEN/NOTIFY wakes for jobs that are ready at once, not for future ones.
 */
const BEST = { pollingIntervalSeconds: 0.5, batchSize: 5000, burstWhenBatchFull: true };

export class PgBossContender extends JobContender {
  #boss: PgBoss | undefined;

  protected async connect({ databaseUrl }: Environment): Promise<void> {
    this.#boss = new PgBoss(databaseUrl);
    this.#boss.on('error', () => {});
    await this.#boss.start();
    await this.#boss.createQueue(QUEUE);
  }

  protected async add(stages: readonly PlannedStage[]): Promise<void> {
    await this.#boss?.insert(
      QUEUE,
      stages.map(({ id, dueMs }) => ({ data: { id }, startAfter: new Date(dueMs) })),
    );
  }

  async work(): Promise<void> {
    await this.#boss?.work<{ id: number }>(QUEUE, this.isBest ? BEST : {}, (jobs) =>
      this.stages.flip(jobs.map(({ data }) => data.id)),
    );
  }

  protected async disconnect(): Promise<void> {
    await this.#boss?.stop({ graceful: false });
  }
}
