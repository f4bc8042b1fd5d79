import type { Fault } from '../base/errors.ts';

/** More than any request of ours needs. */
const MOST_VALUES = 10_000;
const MOST_LEVELS = 64;
/** How many duplicate names are reported at most. */
const MOST_LISTED = 100;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

interface Level {
  /** Names so far; null in an array. */
  names: Set<string> | null;
  /** The name, or the index, of what is being read. */
  step: string | number;
}

export interface JsonShape {
  /** Names that one object has twice. A parser keeps the last and silently loses the others. */
  duplicates: Fault[];
  /** Too large or too deep to be worth parsing; null when it is not. */
  excess: 'values' | 'levels' | null;
}

/**
 * One pass over JSON before it is parsed. The time depends on its length alone. Malformed JSON is left to the parser.
 */
export function shapeOf(text: string): JsonShape {
  const duplicates: Fault[] = [];
  const levels: Level[] = [];
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const level = levels.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, i);
      if (level !== undefined && level.names !== null && followsColon(text, end)) {
        const name = nameOf(text.slice(i, end + 1));
        level.step = name;
        if (!level.names.has(name)) level.names.add(name);
        else if (duplicates.length < MOST_LISTED) duplicates.push(twice(levels));
      }
      i = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (levels.length === MOST_LEVELS) return { duplicates, excess: 'levels' };
      levels.push(code === OPEN_BRACE ? { names: new Set(), step: '' } : { names: null, step: 0 });
      values++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      levels.pop();
    } else if (code === COMMA) {
      if (level !== undefined && typeof level.step === 'number') level.step++;
      values++;
    }
    if (values > MOST_VALUES) return { duplicates, excess: 'values' };
  }
  return { duplicates, excess: null };
}

/** Where the string that begins at `from` ends; the end of the text if it is not closed. */
function endOfString(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return text.length;
}

function followsColon(text: string, end: number): boolean {
  let i = end + 1;
  while (text.charCodeAt(i) <= 0x20) i++;
  return text.charCodeAt(i) === COLON;
}

/** `"a"` and `"\u0061"` are the same name. */
function nameOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

function twice(levels: readonly Level[]): Fault {
  const pointer = levels.map(({ step }) => `/${escaped(step)}`).join('');
  return { pointer, detail: 'is given more than once' };
}

/** One step of a pointer (RFC 6901), cut short: a request may contain a name of any length. */
export function escaped(step: PropertyKey): string {
  return String(step).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}
