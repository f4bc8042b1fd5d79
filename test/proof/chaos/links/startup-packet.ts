/** The kinds of connection that a link can tell apart. */
export type Label = 'listen' | 'other';

/**
 * Which of an instance's connections to PostgreSQL this is, by what it says first: the protocol's
 * start-up message is a length, a version and then names and values, each ended by a zero.
 */
export function labelOf(firstBytes: Buffer): Label {
  const fields = firstBytes.subarray(8).toString('latin1').split('\0');
  const at = fields.indexOf('application_name');
  return at % 2 === 0 && (fields[at + 1] ?? '').endsWith(':listen') ? 'listen' : 'other';
}
