/**
 * What to write instead of a date that is nearly an instant. Nothing is guessed for the writer: the text is refused,
 * and the answer shows how to write it. Only for short texts.
 */
interface Mend {
  find: RegExp;
  write: string | ((found: string) => string);
  fault: string;
}

/** In this order: each works on what the ones before have written. */
const MENDS: readonly Mend[] = [
  { find: /^\s+|\s+$/g, write: '', fault: 'has a blank at an end' },
  { find: /^(["'])(.*)\1$/, write: '$2', fault: 'has quotes inside its quotes' },
  { find: /[\uff01-\uff5e]/g, write: narrow, fault: 'has wide characters' },
  { find: /(?:\[[^[\]]*\])+$/, write: '', fault: 'names a zone in brackets' },
  { find: /[\u2010-\u2015\u2212\ufe63]/g, write: '-', fault: 'has a dash that is not the minus sign -' },
  { find: /(\d),(\d)/, write: '$1.$2', fault: 'has a comma before the fraction' },
  { find: /^(\d{4})(\d\d)(\d\d)(?=T|\s|$)/i, write: '$1-$2-$3', fault: 'has a date without hyphens' },
  { find: /^(\d{4})\/(\d\d)\/(\d\d)(?=T|\s|$)/i, write: '$1-$2-$3', fault: 'has slashes' },
  { find: /^(\d{4}-\d\d-\d\d)[\s_]+(?=\d)/, write: '$1T', fault: 'has a space' },
  { find: /T(\d\d)(\d\d)(\d\d)?(?!:)/i, write: 'T$1:$2:$3', fault: 'has a time without colons' },
  { find: /\s*(?:UTC|GMT|Z)$/i, write: 'Z', fault: 'has a word in place of the offset Z' },
  { find: /\s+(?=[+-]\d)/, write: '', fault: 'has a space before its offset' },
  { find: /(?<=\d[-T:])(\d)(?=[-T:Z.+\s]|$)/gi, write: '0$1', fault: 'has one digit where two belong' },
  { find: /([+-])(\d)(?::?(\d\d))?$/, write: '$10$2:$3', fault: 'has a short offset' },
  { find: /([+-]\d\d):?(\d\d)?$/, write: '$1:$2', fault: 'has a short offset' },
  { find: /:$/, write: ':00', fault: 'has a short offset' },
  { find: /(T\d\d:\d\d):?(?=Z|[+-])/i, write: '$1:00', fault: 'has no seconds' },
];
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/i;

/** What is wrong, and how to write the instant. */
export interface Advice {
  faults: string;
  write: string;
  /** There is another way to mend it. */
  or?: string;
}

/** null when there is no advice; a text when no instant can be suggested. */
export function adviceOn(text: string): Advice | string | null {
  if (/^\d{4}-?W\d\d/i.test(text)) return 'is a date by the week: write it by month and day';
  if (/^\d{4}-?\d{3}(?!\d)/.test(text)) return 'is a date by the day of the year: write it by month and day';
  if (/^\d{9,14}(\.\d+)?$/.test(text)) return sinceEpoch(text);
  const faults: string[] = [];
  let better = text;
  for (const { find, write, fault } of MENDS) {
    // A date without a time ends in what looks like an offset.
    if (fault === 'has a short offset' && !/T\d\d:/i.test(better)) continue;
    const next = typeof write === 'string' ? better.replace(find, write) : better.replaceAll(find, write);
    if (next === better) continue;
    better = next;
    if (!faults.includes(fault)) faults.push(fault);
  }
  if (INSTANT.test(better) && faults.length > 0) return { faults: faults.join(', '), write: better };
  if (LOCAL.test(better)) {
    const full = better.length === 16 ? `${better}:00` : better;
    return { faults: [...faults, 'has no offset'].join(', '), write: `${full}Z`, or: `for UTC or ${full}+08:00` };
  }
  if (!/^\d{4}-\d\d-\d\d$/.test(better)) return null;
  return { faults: [...faults, 'has no time'].join(', '), write: `${better}T00:00:00Z`, or: 'for midnight in UTC' };
}

/** The plain form of a wide character, which East Asian keyboards write. */
function narrow(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) - 0xfee0);
}

/** For the next centuries, seconds have ten digits and milliseconds thirteen. */
function sinceEpoch(text: string): Advice {
  const isSeconds = Number(text) < 1e11;
  const iso = new Date(Number(text) * (isSeconds ? 1000 : 1)).toISOString();
  const unit = isSeconds ? 'seconds' : 'milliseconds';
  return { faults: 'is a number and not an instant', write: iso, or: `if it counts ${unit} since 1970` };
}
