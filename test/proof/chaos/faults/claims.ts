import type { Random } from '../../random.ts';
import type { Arena } from '../arena.ts';
import type { Instance } from '../instance.ts';

/** Faults overlap, but never on the same thing: who breaks it is who mends it. */
export class Claims {
  readonly #world: Arena;
  readonly #claimed = new Set<string>();

  constructor(world: Arena) {
    this.#world = world;
  }

  /** All of these, or none. */
  take(...names: string[]): boolean {
    if (names.some((name) => this.#claimed.has(name))) return false;
    for (const name of names) this.#claimed.add(name);
    return true;
  }

  has(name: string): boolean {
    return this.#claimed.has(name);
  }

  release(...names: string[]): void {
    for (const name of names) this.#claimed.delete(name);
  }

  /** The leader; or, where it is taken already or nobody leads, one that may become it. */
  async leader(random: Random): Promise<Instance | null> {
    const leader = await this.#world.leader();
    if (leader !== null && this.take(leader.name)) return leader;
    return this.#any(random, this.#world.instances);
  }

  async follower(random: Random): Promise<Instance | null> {
    const leader = await this.#world.leader();
    return this.#any(
      random,
      this.#world.instances.filter((instance) => instance !== leader),
    );
  }

  #any(random: Random, instances: readonly Instance[]): Instance | null {
    return random.shuffled(instances).find(({ name }) => this.take(name)) ?? null;
  }
}
