import type { Scope } from './api-key.ts';

/** Who asks, and what they may do. */
export interface Caller {
  /** The name of the key that was shown; null when the service is open, or the route is. */
  name: string | null;
  scopes: readonly Scope[];
  /** The user on whose behalf the platform with this key asks, as the platform says; null: it does not say. */
  onBehalfOf: string | null;
}

/** Stands in for the key where none is needed. No key may have this name, so that nobody is mistaken for it. */
const NO_KEY = 'anonymous';

/** The actor on the record. A user that the platform names always follows the name of its key. */
export function actorOf({ name, onBehalfOf }: Caller): string | null {
  return onBehalfOf === null ? name : `${name ?? NO_KEY}:${onBehalfOf}`;
}
