import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { bars } from './bars.ts';
import { curves } from './curves.ts';
import { markdown } from './report.ts';
import type { Results } from './results.ts';

const DOCS = new URL('../../../docs/', import.meta.url);
const FROM = '<!-- figures: written by npm run bench -- --publish -->';
const TO = '<!-- end of figures -->';

/** Writes the pictures, and the figures of docs/benchmarks.md between their marks. */
export function publish(results: Results): void {
  mkdirSync(new URL('images/', DOCS), { recursive: true });
  const write = (file: string, content: string): void => writeFileSync(new URL(file, DOCS), content);
  write('images/lateness.svg', curves(results, 'spread', '1,000 stages over 20 seconds: how late each was done'));
  write('images/soon.svg', curves(results, 'soon', 'Created 100 ms before they are due: how late each was done'));
  write('images/bell.svg', bars(results));
  const page = readFileSync(new URL('benchmarks.md', DOCS), 'utf8');
  const [before = '', rest = ''] = page.split(FROM);
  const [, after = ''] = rest.split(TO);
  write('benchmarks.md', `${before}${FROM}\n\n${about(results)}\n\n${markdown(results)}\n\n${TO}${after}`);
}

function about({ machine, versions, at, command, runs, size }: Results): string {
  const listed = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Machine: ${machine}, everything on it. Date: ${at.slice(0, 10)}. Medians of ${runs} runs.`,
    ...(size === 1 ? [] : [`**Only ${size} of the work was done: these are no results.**`]),
    `Command: \`${command}\`.`,
    `Versions: ${listed.join(', ')}.`,
  ].join('\n\n');
}
