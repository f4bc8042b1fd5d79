import { BadRequestError } from './http-refusals.ts';

const MOST_CHARACTERS = 200;
const CONTROL = /\p{Cc}/u;

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
  // A client that did not encode may have sent Latin-1, which would be stored as something else.
  if (/[^\x20-\x7e]/.test(text)) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
