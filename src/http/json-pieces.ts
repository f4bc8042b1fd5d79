/** So much of a long answer is made or read at a time, before everything else has its turn: a millisecond's work. */
const PIECE = 128 * 1024;

/** Lets everything else have its turn. */
export type Pause = () => Promise<void>;

/**
 * The JSON of a body. Bells must not wait for a long one: a page of stages that have all the texts they may have is
 * 45 MB, so it is made in pieces, with pauses.
 * @returns the pieces in UTF-8, if there is more than one
 */
export async function toJson(body: object, pause: Pause): Promise<string | Buffer[]> {
  const pieces: Buffer[] = [];
  let text = '';
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined) continue;
    text += `${text === '' && pieces.length === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    if (!Array.isArray(value)) {
      text += JSON.stringify(value);
      continue;
    }
    text += '[';
    for (const [i, item] of value.entries()) {
      text += `${i === 0 ? '' : ','}${JSON.stringify(item)}`;
      if (text.length < PIECE) continue;
      pieces.push(Buffer.from(text));
      text = '';
      await pause();
    }
    text += ']';
  }
  text += text === '' && pieces.length === 0 ? '{}' : '}';
  return pieces.length === 0 ? text : [...pieces, Buffer.from(text)];
}
