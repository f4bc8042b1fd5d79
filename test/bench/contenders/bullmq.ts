import { Queue, Worker } from 'bullmq';
import type { Environment } from './contender.ts';
import { JobContender } from './job-contender.ts';
import type { PlannedStage } from './work.ts';

const QUEUE = 'stages';

/**
 * Best: `concurrency` 50, the figure of its guide on concurrency, and finished jobs are not kept.
 * Defaults: one job at a time.
 */
export class BullMq extends JobContender {
  #connection = { host: '127.0.0.1', port: 0, maxRetriesPerRequest: null };
  #queue: Queue | undefined;
  #worker: Worker | undefined;

  protected async connect({ redisUrl }: Environment): Promise<void> {
    this.#connection = { ...this.#connection, port: Number(new URL(redisUrl).port) };
    this.#queue = new Queue(QUEUE, { connection: this.#connection });
    await this.#queue.waitUntilReady();
  }

  protected async add(stages: readonly PlannedStage[]): Promise<void> {
    const nowMs = Date.now();
    const opts = this.isBest ? { removeOnComplete: true, removeOnFail: true } : {};
    await this.#queue?.addBulk(
      stages.map(({ id, dueMs }) => ({
        name: 'flip',
        data: { id },
        opts: { ...opts, delay: Math.max(0, Math.ceil(dueMs - nowMs)) },
      })),
    );
  }

  async work(): Promise<void> {
    this.#worker = new Worker<{ id: number }>(QUEUE, (job) => this.stages.flip([job.data.id]), {
      connection: this.#connection,
      ...(this.isBest ? { concurrency: 50 } : {}),
    });
    this.#worker.on('error', () => {});
    await this.#worker.waitUntilReady();
  }

  protected async disconnect(): Promise<void> {
    await this.#worker?.close(true);
    await this.#queue?.close();
  }
}
