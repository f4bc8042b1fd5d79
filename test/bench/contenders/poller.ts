import { JobContender } from './job-contender.ts';

const EVERY_MS = 60_000;

/**
 * What Stagebell replaces: once a minute every stage is looked at, and those whose instant has passed
 * are moved one after the other. Where in its minute a run finds it is chance.
 */
export class Poller extends JobContender {
  #timer: NodeJS.Timeout | undefined;

  protected async connect(): Promise<void> {}
  protected async add(): Promise<void> {}

  async work(): Promise<void> {
    const poll = (): void => {
      this.#timer = setTimeout(poll, EVERY_MS);
      void this.#poll();
    };
    this.#timer = setTimeout(poll, Math.random() * EVERY_MS);
  }

  async #poll(): Promise<void> {
    const { rows } = await this.stages.pool.query('SELECT id, due_at, status FROM stage');
    const now = new Date();
    for (const { id, due_at, status } of rows) {
      if (status === 'pending' && due_at <= now) await this.stages.flip([id]);
    }
  }

  protected async disconnect(): Promise<void> {
    clearTimeout(this.#timer);
  }
}
