import type { Contender, Environment, Setting } from './contender.ts';
import { type PlannedStage, Work } from './work.ts';

/** A contender that is told of each stage: one job, one timer or one entry for each. */
export abstract class JobContender implements Contender {
  protected readonly isBest: boolean;
  #stages: Work | undefined;

  constructor(setting: Setting) {
    this.isBest = setting === 'best';
  }

  /** Twenty connections for jobs at the best setting: more than two cores can keep busy. */
  async open(env: Environment): Promise<void> {
    this.#stages = new Work(env.databaseUrl, this.isBest ? 20 : 10);
    await this.connect(env);
  }

  schedule(fromId: number, toId: number): Promise<void> {
    return this.stages.eachChunk(fromId, toId, (stages) => this.add(stages));
  }

  async stop(): Promise<void> {
    await this.disconnect();
    await this.#stages?.close();
  }

  abstract work(): Promise<void>;
  protected abstract connect(env: Environment): Promise<void>;
  protected abstract add(stages: readonly PlannedStage[]): Promise<void>;
  protected abstract disconnect(): Promise<void>;

  protected get stages(): Work {
    if (this.#stages === undefined) throw new Error('not open');
    return this.#stages;
  }
}
