import { closest, distance } from 'fastest-levenshtein';

/** A longer name was not meant to be one of ours, and comparing it would take time. */
const LONGEST_NAME = 100;

/** The known name that was probably meant; null when nothing is near. */
export function nearest(name: string, known: readonly string[], mostEdits = 3): string | null {
  if (known.length === 0 || name.length > LONGEST_NAME) return null;
  const best = closest(name, known);
  const isNear = distance(name, best) <= Math.min(mostEdits, Math.ceil(best.length / 3));
  return isNear ? best : null;
}

/** `; did you mean X?`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const best = nearest(name, known);
  return best === null ? '' : `; did you mean ${best}?`;
}
