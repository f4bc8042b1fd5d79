import type { InjectedFault } from './history.ts';
import type { Limits } from './limits.ts';

interface Span {
  fromMs: number;
  untilMs: number;
}

/**
 * When bells may be late. A fault's **shade** reaches from a moment before it (a bell that was on its
 * way) to the bound after it was healed; shades that touch are one, because what recovers from one
 * fault in the middle of the next has not recovered.
 */
export class Shade {
  readonly #spans: Span[] = [];
  readonly #meanwhile: readonly (Span & { lateMs: number })[];

  constructor(faults: readonly InjectedFault[], { calmMs }: Limits) {
    this.#meanwhile = faults.flatMap(({ startedMs, meanwhile }) =>
      meanwhile === undefined ? [] : [{ fromMs: startedMs, ...meanwhile }],
    );
    const spans = faults
      .map(({ startedMs, healedMs, boundMs }) => ({ fromMs: startedMs - calmMs, untilMs: healedMs + boundMs }))
      .sort((a, b) => a.fromMs - b.fromMs);
    for (const span of spans) {
      const last = this.#spans.at(-1);
      if (last === undefined || span.fromMs > last.untilMs) this.#spans.push({ ...span });
      else last.untilMs = Math.max(last.untilMs, span.untilMs);
    }
  }

  /** How late what is due at this moment may be for what is not over yet, beside any shade. */
  lateMs(atMs: number): number {
    if (this.#meanwhile.length === 0) return 0;
    const going = this.#meanwhile.filter(({ fromMs, untilMs }) => fromMs <= atMs && atMs <= untilMs);
    return Math.max(0, ...going.map(({ lateMs }) => lateMs));
  }

  /** Until when what is due, or sent, at this moment is excused; null: it lies in no shade. */
  endOf(atMs: number): number | null {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#spans[middle] as Span).fromMs <= atMs) low = middle + 1;
      else high = middle;
    }
    const span = this.#spans[low - 1];
    return span !== undefined && atMs <= span.untilMs ? span.untilMs : null;
  }
}
