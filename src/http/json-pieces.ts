/** So much of a long answer is made or read at a time, before everything else has its turn: a few milliseconds' work. */
const PIECE = 128 * 1024;
/** Made at once: most answers have no more, and one by one they take longer. */
const ITEMS = 10;

/** Lets everything else have its turn. */
export type Pause = () => Promise<void>;

/**
 * The JSON of a body. Bells must not wait for a long one: an assignment whose stages have all the texts they may have
 * is 90 MB, so it is made in pieces, with pauses.
 * @returns the pieces in UTF-8, if there is more than one
 */
export async function toJson(body: object, pause: Pause): Promise<string | Buffer[]> {
  if (!Object.values(body).some((value) => Array.isArray(value) && value.length > ITEMS)) return JSON.stringify(body);
  const pieces: Buffer[] = [];
  let text = '{';
  let isFirst = true;
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined) continue;
    text += `${isFirst ? '' : ','}${JSON.stringify(name)}:`;
    isFirst = false;
    if (!Array.isArray(value)) {
      text += JSON.stringify(value);
      continue;
    }
    text += '[';
    for (let i = 0; i < value.length; i += ITEMS) {
      text += `${i === 0 ? '' : ','}${JSON.stringify(value.slice(i, i + ITEMS)).slice(1, -1)}`;
      if (text.length < PIECE) continue;
      pieces.push(Buffer.from(text));
      text = '';
      await pause();
    }
    text += ']';
  }
  text += '}';
  return pieces.length === 0 ? text : [...pieces, Buffer.from(text)];
}
