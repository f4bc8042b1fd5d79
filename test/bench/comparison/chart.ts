import { element, text } from '../../support/svg.ts';

/** What the charts of the comparison share. Colours follow the reader's scheme, inside the file itself. */
export const WIDTH = 820;

const LIGHT = ['#cf222e', '#6e7781', '#0969da', '#8250df', '#1a7f37', '#bc4c00', '#0f7c85', '#7d4e00'];
const DARK = ['#ff6b6b', '#9198a1', '#58a6ff', '#bc8cff', '#3fb950', '#f0883e', '#39c5cf', '#d9a441'];

/** Spelt out, because converters to other formats know no CSS variables. */
const coloured = (colours: readonly string[]): string =>
  colours.map((colour, i) => `path.c${i} { stroke: ${colour} } rect.c${i} { fill: ${colour} }`).join('\n  ');

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .small { font-size: 12px; fill: #59636e }
  .own { font-weight: 700 }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .back { fill: #ffffff }
  ${coloured(LIGHT)}
  path { fill: none; stroke-width: 1.8 }
  path.c0 { stroke-width: 3.5 }
  path.c1 { stroke-dasharray: 5 4 }
  rect.pale { opacity: .55 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .back { fill: #0d1117 }
  ${coloured(DARK)}
  }`;

export function chart(height: number, description: string, parts: readonly string[]): string {
  const xmlns = 'http://www.w3.org/2000/svg';
  const size = { width: WIDTH, height };
  const about = { xmlns, viewBox: `0 0 ${WIDTH} ${height}`, ...size, role: 'img', 'aria-label': description };
  const back = element('rect', { class: 'back', ...size, rx: 6 });
  return `${element('svg', about, `\n<style>${STYLE}\n</style>\n${[back, ...parts].join('\n')}\n`)}\n`;
}

export function label(
  x: number,
  y: number,
  content: string,
  style = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return text({ x, y, class: style, 'text-anchor': anchor }, content);
}

export function line(x1: number, y1: number, x2: number, y2: number): string {
  return element('line', { class: 'grid', x1, y1, x2, y2 });
}

/** A logarithmic axis of milliseconds, from one power of ten to another. */
export class LogAxis {
  readonly #low: number;
  readonly #high: number;
  readonly #from: number;
  readonly #to: number;

  /** @param low, high exponents @param from, to where they lie */
  constructor(low: number, high: number, from: number, to: number) {
    this.#low = low;
    this.#high = high;
    this.#from = from;
    this.#to = to;
  }

  at(ms: number): number {
    const exponent = Math.min(this.#high, Math.max(this.#low, Math.log10(Math.max(ms, 1e-9))));
    return this.#from + ((exponent - this.#low) / (this.#high - this.#low)) * (this.#to - this.#from);
  }

  /** A line and a label at each power of ten. */
  grid(top: number, bottom: number): string[] {
    return Array.from({ length: this.#high - this.#low + 1 }, (_, i) => 10 ** (this.#low + i)).flatMap((ms) => {
      const name = ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
      return [line(this.at(ms), top, this.at(ms), bottom), label(this.at(ms), bottom + 18, name, 'small', 'middle')];
    });
  }
}
