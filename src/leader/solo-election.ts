import type { Election, Look, Verdict } from './election.ts';

/**
 * Without Redis there is nobody to ask. A process that starts is meant to lead and takes the term;
 * one that lost it to a later process does not fight back, but stands by until the term is vacant
 * or stale.
 */
export class SoloElection implements Election {
  readonly isShared = false;
  readonly trouble = null;
  readonly minorTrouble = null;
  onChange = (): void => {};
  #hasCampaigned = false;

  async campaign(): Promise<Verdict> {
    if (this.#hasCampaigned) return { kind: 'undecided' };
    this.#hasCampaigned = true;
    return { kind: 'elected', trustedUntilMs: Number.POSITIVE_INFINITY };
  }

  async look(): Promise<Look> {
    return 'undecided';
  }

  async renew(): Promise<Verdict> {
    return { kind: 'elected', trustedUntilMs: Number.POSITIVE_INFINITY };
  }

  async isStillElected(): Promise<boolean> {
    return false;
  }

  async resign(): Promise<void> {}

  async close(): Promise<void> {}
}
