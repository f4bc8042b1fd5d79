import { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';

/** Longer texts are refused unread; the longest name has 32 characters. */
const MOST_CHARACTERS = 60;

/**
 * The name of a zone with its area, or UTC. An offset is refused: it would be wrong after the next change of clocks.
 * Names without an area are refused too: BST means London to its writer, and Dhaka to some programs.
 */
export const timeZone = z
  .string()
  .transform((text, context): string => {
    const name = text.length > MOST_CHARACTERS ? null : canonical(text);
    if (name !== null) return name;
    context.addIssue({ code: 'custom', message: whyNot(text.slice(0, MOST_CHARACTERS)) });
    return z.NEVER;
  })
  .meta({
    override: { type: 'string', maxLength: MOST_CHARACTERS, pattern: '^([A-Za-z]+/[A-Za-z0-9_+/-]+|[Uu][Tt][Cc])$' },
    description: 'An IANA name with its area, such as Asia/Shanghai, or UTC.',
  });

const OTHER_NAMES_OF_UTC = /^(?:gmt|utc|zulu|uct|universal|greenwich|z|utc[+-]?0|gmt[+-]?0|etc\/unknown)$/i;

function whyNot(text: string): string {
  if (/^(?:utc|gmt)?[+-]?\d/i.test(text) && !OTHER_NAMES_OF_UTC.test(text)) {
    return 'must be the name of a time zone, such as Asia/Shanghai, not an offset';
  }
  if (OTHER_NAMES_OF_UTC.test(text)) return `'${text}' is not the name that is stored: write UTC`;
  const near = didYouMean(text, zones());
  if (near === '' && /^\w{1,9}$/.test(text)) {
    return `'${text}' has no area, and may mean another zone elsewhere: write a name such as Europe/London, or UTC`;
  }
  return `'${text}' is not a time zone${near || '; write an IANA name, such as Asia/Shanghai or UTC'}`;
}

const AREA =
  /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)\/[\w+/-]+$/;

/** By name in lower case. It stays below six hundred entries, because only names that exist are kept. */
const known = new Map<string, string>([['utc', 'UTC']]);

/**
 * The name with its proper capitals, because other programs that read the table may be case-sensitive. null: unknown.
 */
function canonical(text: string): string | null {
  const key = text.toLowerCase();
  const found = known.get(key);
  if (found !== undefined) return found;
  const name = withCapitals(key);
  if (!AREA.test(name) || !isZone(name)) return null;
  known.set(key, name);
  return name;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

let listed: string[] | null = null;
/** For suggestions. Read only when needed: it takes half a millisecond. */
function zones(): string[] {
  listed ??= Intl.supportedValuesOf('timeZone');
  return listed;
}

/** Words with unusual capitals. */
const ODD = [
  ...['of', 'es', 'au', 'US', 'ACT', 'LHI', 'NSW', 'UTC', 'UCT', 'Knox_IN', 'DumontDUrville', 'McMurdo'],
  ...['BajaNorte', 'BajaSur', 'DeNoronha', 'EasterIsland', 'ComodRivadavia'],
];
const ODD_WORDS = new Map(ODD.map((word) => [word.toLowerCase(), word]));

/** Each word with its capital letter: Intl does not list the links, such as Asia/Kolkata. */
function withCapitals(name: string): string {
  return name
    .split('/')
    .map((part) => ODD_WORDS.get(part) ?? part.replaceAll(/[a-z]+/g, wordOf).replace(/^Gmt(?=[+-]?\d*$)/, 'GMT'))
    .join('/');
}

const wordOf = (word: string): string => ODD_WORDS.get(word) ?? `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
