import type { Scene } from './scene.ts';

/** What the service does wherever it runs. */
export interface Behaviour {
  name: string;
  /** Not in the short form. */
  isLong?: boolean;
  /** Replaces the leader: needs a second instance. */
  isAboutLeaders?: boolean;
  /** Nothing else may be tried meanwhile. */
  isAlone?: boolean;
  /** @returns what was seen, for the table. @throws with what was expected instead */
  run(scene: Scene): Promise<string>;
}
