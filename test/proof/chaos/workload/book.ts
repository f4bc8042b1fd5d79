import type { WrittenStage } from '../../checker/history.ts';
import type { Random } from '../../random.ts';

/** Enough to choose from; whoever falls out is left alone from then on. */
const MOST = 300;

/**
 * The stages that may still be edited, as they are known to be. One at a time: what two clients do to a
 * stage at once may come in either order, and what cannot be told apart cannot be checked. A stage whose
 * last edit may or may not have happened is never touched again.
 */
export class Book {
  readonly #free = new Map<string, WrittenStage>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Known, and nobody is at it. */
  put(stage: WrittenStage): void {
    this.#free.set(stage.id, stage);
    const [oldest] = this.#free.keys();
    if (this.#free.size > MOST && oldest !== undefined) this.#free.delete(oldest);
  }

  /** One for the caller alone, until it is put back; null where there is none like that. */
  take(isLike: (stage: WrittenStage) => boolean = () => true): WrittenStage | null {
    const alike = [...this.#free.values()].filter(isLike);
    if (alike.length === 0) return null;
    const stage = this.#random.pick(alike);
    this.#free.delete(stage.id);
    return stage;
  }
}
