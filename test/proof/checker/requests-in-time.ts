/** When one request can have been at work. */
interface Work {
  sentMs: number;
  latestMs: number;
}

/** The requests of one stage as spans of time, to be asked who was at work when without looking at each. */
export class RequestsInTime {
  readonly #sentMs: number[];
  /** The latest end among the first so many, in order of sending. */
  readonly #latestMs: number[] = [];

  constructor(requests: readonly Work[]) {
    const bySent = requests.toSorted((a, b) => a.sentMs - b.sentMs);
    this.#sentMs = bySent.map(({ sentMs }) => sentMs);
    let latestMs = Number.NEGATIVE_INFINITY;
    for (const request of bySent) {
      latestMs = Math.max(latestMs, request.latestMs);
      this.#latestMs.push(latestMs);
    }
  }

  /** The latest moment at which any of those sent by then can have been at work. */
  latestOfSentBy(ms: number): number {
    let low = 0;
    let high = this.#sentMs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sentMs[middle] as number) <= ms) low = middle + 1;
      else high = middle;
    }
    return this.#latestMs[low - 1] ?? Number.NEGATIVE_INFINITY;
  }
}
