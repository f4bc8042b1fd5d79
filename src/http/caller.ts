import type { Writer } from '../commands/transact.ts';
import type { HttpOptions } from './options.ts';
import { BadRequestError } from './refusals.ts';

/** Who asks. */
export interface Caller {
  /** The name of the API key; null when the service is open, or the route is. */
  key: string | null;
  /** A user of the platform whose key it is, as the platform says; null: not told. */
  onBehalfOf: string | null;
}

/** Stands for the key where none is needed, so that nobody is taken for a key of that name later on. */
const NO_KEY = 'anonymous';

/** As it stands on the record: what the platform says of its users stays behind the name of its key. */
export function actorOf({ key, onBehalfOf }: Caller): string | null {
  return onBehalfOf === null ? key : `${key ?? NO_KEY}:${onBehalfOf}`;
}

/** @param reason why, as the caller says it */
export function writerOf({ database, instance }: HttpOptions, caller: Caller, reason: string | undefined): Writer {
  return { database, instance, actor: actorOf(caller), reason: reason ?? null };
}

const MOST_CHARACTERS = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * The user that a request names in `On-Behalf-Of`, in percent-encoded UTF-8 because a header is ASCII.
 * @throws BadRequestError
 */
export function onBehalfOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const user = typeof header === 'string' ? decoded(header.trim()) : null;
  if (user === null || user === '' || [...user].length > MOST_CHARACTERS || CONTROL.test(user)) {
    throw new BadRequestError(
      'malformed_on_behalf_of',
      `On-Behalf-Of must name one user in 1 to ${MOST_CHARACTERS} characters, as percent-encoded UTF-8, such as li.wei or %E6%9D%8E%E4%BC%9F.`,
    );
  }
  return user;
}

function decoded(text: string): string | null {
  // Latin-1 from clients that did not encode would be stored as something else than they meant.
  if (/[^\x20-\x7e]/.test(text)) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
