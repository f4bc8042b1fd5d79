import type { Clock } from '../../base/clock.ts';
import type { StagebellError } from '../../base/errors.ts';
import type { Health } from '../../base/health.ts';

/** What an embedded database in a folder needs from the process around it. */
export interface Surroundings {
  clock: Clock;
  health: Health;
  /** Whether a commit waits until the disk has it. */
  isDurable: boolean;
  /** The folder is no longer ours: the process must end. */
  onLost(error: StagebellError): void;
  /** For tests: how much is free on the disk of a folder. */
  freeBytes?(folder: string): number | null;
}
