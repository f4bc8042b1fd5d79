import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

/** The blocks of code of a language in docs/operations.md under this heading, as they stand there. */
export function blocksUnder(heading: string, language: 'sh' | 'sql'): string[] {
  const section = page.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/operations.md has no heading "${heading}"`);
  return [...section.matchAll(new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\``, 'g'))].map(([, text]) => text as string);
}
