/** Just enough SVG: text is escaped, numbers are short. */
type Attributes = Record<string, string | number>;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

export const rounded = (value: number): number => Math.round(value * 10) / 10;

/** @param content of markup */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`,
  );
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

export const text = (attributes: Attributes, content: string): string => element('text', attributes, escaped(content));

/** What a pointer that rests on it is told. */
export const title = (content: string): string => element('title', {}, escaped(content));
