import type { Scope } from './api-key.ts';

/** Who asks, and what they may do. */
export interface Caller {
  /** The name of the key that was shown; null when the service is open, or the route is. */
  name: string | null;
  scopes: readonly Scope[];
  /** A user of the platform whose key it is, as the platform says; null: not told. */
  onBehalfOf: string | null;
}

/** Stands for the key where none is needed, so that nobody is taken for a key of that name later on. */
const NO_KEY = 'anonymous';

/** As it stands on the record: what the platform says of its users stays behind the name of its key. */
export function actorOf({ name, onBehalfOf }: Caller): string | null {
  return onBehalfOf === null ? name : `${name ?? NO_KEY}:${onBehalfOf}`;
}
