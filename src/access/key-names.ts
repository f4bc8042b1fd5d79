/**
 * Actors on the record that are not keys: SQL writers, users named to a service without keys, and bearers of tokens.
 * `jwt:li` must not be a user of a key named jwt.
 */
const RESERVED: readonly string[] = ['sql', 'anonymous', 'jwt'];

const FORM = /^[\w.@-]{1,64}$/;

/** What is wrong with the name of a key; null: nothing. */
export function keyNameFault(name: string): string | null {
  if (!FORM.test(name)) return 'the name must be 1-64 letters, digits or . _ @ -';
  if (RESERVED.includes(name)) return `the name ${name} has another meaning on the record: choose a different one`;
  return null;
}
