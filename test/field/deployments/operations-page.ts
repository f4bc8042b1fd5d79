import { readFileSync } from 'node:fs';

const PAGE = new URL('../../../docs/operations.md', import.meta.url);

/** The blocks of code of a language in docs/operations.md under this heading, as they stand there. */
export function blocksUnder(heading: string, language: 'sh' | 'sql'): string[] {
  const sections = readFileSync(PAGE, 'utf8').split(/^#{2,3} /m);
  const section = sections.find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/operations.md has no heading "${heading}"`);
  return [...section.matchAll(new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\``, 'g'))].map(([, text]) => text as string);
}
