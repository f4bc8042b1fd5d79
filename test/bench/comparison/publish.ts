import { mkdirSync, writeFileSync } from 'node:fs';
import { listed } from '../machine.ts';
import { DOCS, writeFigures } from '../page.ts';
import { bars } from './bars.ts';
import { curves } from './curves.ts';
import { markdown } from './report.ts';
import type { Results } from './results.ts';

/** Writes the pictures, and the figures of docs/benchmarks.md between their marks. */
export function publish(results: Results): void {
  mkdirSync(new URL('images/', DOCS), { recursive: true });
  const write = (file: string, content: string): void => writeFileSync(new URL(file, DOCS), content);
  write('images/lateness.svg', curves(results, 'spread', '1,000 stages over 20 seconds: how late each was done'));
  write('images/soon.svg', curves(results, 'soon', 'Created 100 ms before they are due: how late each was done'));
  write('images/bell.svg', bars(results));
  writeFigures('benchmarks.md', 'npm run bench -- --publish', `${about(results)}\n\n${markdown(results)}`);
}

function about({ machine, versions, at, command, runs, size }: Results): string {
  return [
    `Machine: ${machine}, everything on it. Date: ${at.slice(0, 10)}. Medians of ${runs} runs.`,
    ...(size === 1 ? [] : [`**Only ${size} of the work was done: these are no results.**`]),
    `Command: \`${command}\`.`,
    `Versions: ${listed(versions)}.`,
  ].join('\n\n');
}
