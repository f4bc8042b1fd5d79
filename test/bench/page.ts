import { readFileSync, writeFileSync } from 'node:fs';

export const DOCS = new URL('../../docs/', import.meta.url);

const END = '<!-- end of figures -->';

/** Writes `figures` into a page of docs/ between its marks, in place of what is there. @param command named in the first mark */
export function writeFigures(page: string, command: string, figures: string): void {
  const start = `<!-- figures: written by ${command} -->`;
  const file = new URL(page, DOCS);
  const [before, rest] = readFileSync(file, 'utf8').split(start);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/${page} has lost its marks: ${start} and ${END}`);
  writeFileSync(file, `${before}${start}\n\n${figures}\n\n${END}${after}`);
}
