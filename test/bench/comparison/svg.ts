/** The little SVG that the pictures need. Colours follow the reader's scheme, inside the file itself. */
export const WIDTH = 820;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .small { font-size: 12px; fill: #59636e }
  .own { font-weight: 700 }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .back { fill: #ffffff }
  .c0 { --c: #cf222e } .c1 { --c: #6e7781 } .c2 { --c: #0969da } .c3 { --c: #8250df } .c4 { --c: #1a7f37 }
  .c5 { --c: #bc4c00 } .c6 { --c: #0f7c85 } .c7 { --c: #7d4e00 }
  path { fill: none; stroke: var(--c); stroke-width: 1.8 }
  path.c0 { stroke-width: 3.5 }
  path.c1 { stroke-dasharray: 5 4 }
  rect.mark { fill: var(--c) }
  rect.pale { opacity: .55 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .back { fill: #0d1117 }
    .c0 { --c: #ff6b6b } .c1 { --c: #9198a1 } .c2 { --c: #58a6ff } .c3 { --c: #bc8cff } .c4 { --c: #3fb950 }
    .c5 { --c: #f0883e } .c6 { --c: #39c5cf } .c7 { --c: #d9a441 }
  }`;

export function svg(height: number, description: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(description)}">
<style>${STYLE}
</style>
<rect class="back" width="${WIDTH}" height="${height}" rx="6"/>
${parts.join('\n')}
</svg>
`;
}

export function text(
  x: number,
  y: number,
  content: string,
  style = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${style}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

export const round = (value: number): number => Math.round(value * 10) / 10;

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
      const label = ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
      return [line(this.at(ms), top, this.at(ms), bottom), text(this.at(ms), bottom + 18, label, 'small', 'middle')];
    });
  }
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
