import { listed } from '../machine.ts';
import { label } from './chart.ts';
import type { Results } from './results.ts';

const LINE = 16;
/** What fits into a picture's width at this size. */
const MOST_CHARACTERS = 118;

/** Below a picture, so that it says where it is from wherever it is shown. */
export function origin({ machine, at, command, versions }: Results, top: number): string[] {
  const lines = [
    `${machine} · ${at.slice(0, 10)} · ${command} · each library at the better of its settings`,
    ...wrapped(listed(versions).split(', ')),
  ];
  return lines.map((content, i) => label(16, top + i * LINE, content, 'small'));
}

/** How high all of it is below its `top`, with a margin. */
export const originHeight = ({ versions }: Results): number => wrapped(listed(versions).split(', ')).length * LINE + 16;

function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1)}, ${item}`;
    if (lines.length > 0 && longer.length <= MOST_CHARACTERS) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines;
}
