import { z } from 'zod';
import { kindOf } from '../faults.ts';

const EXAMPLE = '2026-11-23T09:00:00Z';
const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i;
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/i;
const FIRST_MS = Date.UTC(1970, 0, 1);
const END_MS = Date.UTC(2200, 0, 1);

/** An RFC 3339 instant with its offset; comes out as epoch milliseconds. */
export const instant = z
  .string({
    error: ({ input }) => `must be an instant such as ${EXAMPLE}, in quotes, not ${kindOf(input)}`,
  })
  .transform((text, context): number => {
    const parsed = parseInstant(text);
    if (typeof parsed === 'number') return parsed;
    context.addIssue({ code: 'custom', message: parsed });
    return z.NEVER;
  })
  .meta({ format: 'date-time', description: 'RFC 3339 with an offset; finer than milliseconds is rounded up' });

/** Epoch milliseconds, or what is wrong with the text. */
export function parseInstant(text: string): number | string {
  const shown = `'${text.slice(0, 60)}'`;
  const match = FORM.exec(text);
  if (match === null) return `${shown} ${whyNot(text)}`;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [fraction, offset] = [match[7] ?? '', match[8] ?? 'Z'];
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) {
    return `${shown} is not on the calendar: there is no such day`;
  }
  if (second === 60) return `${shown} is a leap second: write second 59, or the next minute`;
  const offsetMinutes = minutesOf(offset);
  if (hour > 23 || minute > 59 || second > 59 || offsetMinutes === null) {
    return `${shown} is not on the clock: hours go to 23, minutes and seconds to 59`;
  }
  // Rounded up: what is finer than a timer must not make a boundary come early.
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes * 60_000 + millisecondsOf(fraction);
  if (year < 1000 || ms < FIRST_MS || ms >= END_MS) return `${shown} is out of range: from 1970 to 2199`;
  return ms;
}

/** For the writer of a date that is nearly one. */
function whyNot(text: string): string {
  const withT = text.replace(' ', 'T');
  if (LOCAL.test(text)) {
    const full = text.length === 16 ? `${text}:00` : text;
    return `has no offset: write ${full}Z for UTC or ${full}+08:00`;
  }
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `has no time: write ${text}T00:00:00Z for midnight in UTC`;
  if (withT !== text && (FORM.test(withT) || LOCAL.test(withT)))
    return `has a space: write ${withT}${LOCAL.test(withT) ? 'Z for UTC' : ''}`;
  if (/T.*[+-]\d{4}$|T.*[+-]\d\d$/.test(text)) return 'has a short offset: write it with a colon, such as +08:00';
  return `is not an instant: write one such as ${EXAMPLE}`;
}

function minutesOf(offset: string): number | null {
  if (offset.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(4, 6))];
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function millisecondsOf(fraction: string): number {
  const whole = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return /[1-9]/.test(fraction.slice(3)) ? whole + 1 : whole;
}
