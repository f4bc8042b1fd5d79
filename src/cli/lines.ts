import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * The lines of a stream. Nothing is read before the first line is asked for. readline loses lines that arrive before
 * the iteration begins, and a small file would be over by then.
 */
export async function* linesOf(input: Readable): AsyncGenerator<string> {
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
