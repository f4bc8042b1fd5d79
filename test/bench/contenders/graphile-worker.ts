import { Logger, makeWorkerUtils, type Runner, run, type WorkerUtils } from 'graphile-worker';
import type { Environment } from './contender.ts';
import { JobContender } from './job-contender.ts';
import type { PlannedStage } from './work.ts';

/** The configuration of its page on performance, and a poll of 50 ms: the poll is what a future job waits for. */
const BEST = {
  concurrentJobs: 24,
  maxPoolSize: 25,
  pollInterval: 50,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

const silent = new Logger(() => () => {});

export class GraphileWorker extends JobContender {
  #utils: WorkerUtils | undefined;
  #runner: Runner | undefined;
  #databaseUrl = '';

  protected async connect({ databaseUrl }: Environment): Promise<void> {
    this.#databaseUrl = databaseUrl;
    this.#utils = await makeWorkerUtils({ connectionString: databaseUrl, logger: silent });
    await this.#utils.migrate();
  }

  protected async add(stages: readonly PlannedStage[]): Promise<void> {
    await this.#utils?.addJobs(
      stages.map(({ id, dueMs }) => ({ identifier: 'flip', payload: { id }, runAt: new Date(dueMs) })),
    );
  }

  async work(): Promise<void> {
    this.#runner = await run({
      taskList: { flip: (payload) => this.stages.flip([(payload as { id: number }).id]) },
      parsedCronItems: [],
      preset: { worker: { connectionString: this.#databaseUrl, logger: silent, ...(this.isBest ? BEST : {}) } },
    });
  }

  protected async disconnect(): Promise<void> {
    await this.#runner?.stop();
    await this.#utils?.release();
  }
}
