/**
 * A regular expression that finds a text in small and capital letters alike. Made here, because what PostgreSQL takes
 * for the capital of ü depends on the locale of the database.
 */
export const inAnyCase = (text: string): string => [...text].map(inEitherCase).join('');

function inEitherCase(character: string): string {
  const forms = [...new Set([character, character.toLowerCase(), character.toUpperCase()])];
  // Whatever has no other case may mean something in an expression.
  return forms.length === 1 ? character.replace(/[^\p{L}\p{N}\s]/u, '\\$&') : `(?:${forms.join('|')})`;
}
