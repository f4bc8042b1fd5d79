import type { Election, Look, Verdict } from '../../src/leader/election.ts';

export const ELECTED: Verdict = { kind: 'elected', trustedUntilMs: Number.POSITIVE_INFINITY };
export const HELD: Verdict = { kind: 'held', retryInMs: 20 };

/** An election that goes as the test says, and tells what it was asked. */
export class ScriptedElection implements Election {
  readonly isShared = true;
  readonly trouble = null;
  readonly minorTrouble = null;
  onChange = (): void => {};
  /** The next answers to a campaign; the last one stays. */
  campaigns: Verdict[] = [ELECTED];
  renewal: Verdict = ELECTED;
  readonly #onAsked: (what: string) => void;

  constructor(onAsked: (what: string) => void = () => {}) {
    this.#onAsked = onAsked;
  }

  async campaign(): Promise<Verdict> {
    this.#onAsked('campaign');
    // As long as a round trip to a server: whoever campaigns without a pause lets others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    return (this.campaigns.length > 1 ? this.campaigns.shift() : this.campaigns[0]) ?? HELD;
  }

  /** What a look says. */
  seen: Look = 'held';

  async look(): Promise<Look> {
    this.#onAsked('look');
    return this.seen;
  }

  async renew(): Promise<Verdict> {
    this.#onAsked('renew');
    return this.renewal;
  }

  async isStillElected(): Promise<boolean> {
    return this.renewal.kind === 'elected';
  }

  async resign(): Promise<void> {
    this.#onAsked('resign');
  }

  async close(): Promise<void> {}
}
