import { z } from 'zod';
import { kindOf } from '../request-faults.ts';
import { adviceOn } from './instant-advice.ts';

const EXAMPLE = '2026-11-23T09:00:00Z';
const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i;
const FIRST_MS = Date.UTC(1970, 0, 1);
const END_MS = Date.UTC(2200, 0, 1);
/** Longer texts are refused unread: RFC 3339 with nanoseconds has 35 characters. */
const MOST_CHARACTERS = 80;

/** An instant that has been parsed. A class, because JSON cannot contain one: raw input is never mistaken for it. */
export class Instant {
  /** Epoch milliseconds. */
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** An RFC 3339 instant with its offset. */
export const instant = z
  .string({
    error: ({ input }) => `must be an instant such as ${EXAMPLE}, in quotes, not ${kindOf(input)}`,
  })
  .transform((text, context): Instant => {
    const parsed = parseInstant(text);
    if (typeof parsed === 'number') return new Instant(parsed);
    context.addIssue({ code: 'custom', message: parsed });
    return z.NEVER;
  })
  .meta({
    id: 'GivenInstant',
    override: {
      type: 'string',
      format: 'date-time',
      maxLength: MOST_CHARACTERS,
      pattern:
        '^(19[67]\\d|19[89]\\d|2[01]\\d\\d|2200)-\\d\\d-\\d\\d[Tt]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d+)?([Zz]|[+-]([01]\\d|2[0-3]):[0-5]\\d)$',
    },
    description:
      'RFC 3339 with its offset, from 1970 to 2199 in UTC. Anything finer than milliseconds is rounded up. There are no leap seconds.',
  });

/** Epoch milliseconds, or what is wrong with the text. */
export function parseInstant(text: string): number | string {
  if (text.length > MOST_CHARACTERS) {
    return `'${text.slice(0, 40)}…' is too long for an instant: write one such as ${EXAMPLE}`;
  }
  const shown = `'${text}'`;
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
  if (hour === 24 && minute === 0 && second === 0) {
    const next = new Date(Date.UTC(year, month - 1, day + 1)).toISOString().slice(0, 10);
    return `${shown} is not on the clock: midnight begins a day, so write ${next}T00:00:00${offset}`;
  }
  const offsetMinutes = minutesOf(offset);
  if (hour > 23 || minute > 59 || second > 59 || offsetMinutes === null) {
    return `${shown} is not on the clock: hours go to 23, minutes and seconds to 59`;
  }
  // Rounded up, so that a fraction of a millisecond never makes a boundary come early.
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes * 60_000 + millisecondsOf(fraction);
  if (year < 1000 || ms < FIRST_MS || ms >= END_MS) return `${shown} is out of range: from 1970 to 2199`;
  return ms;
}

/** What is wrong, with advice when the text is nearly an instant. */
function whyNot(text: string): string {
  const advice = adviceOn(text);
  if (advice === null) return `is not an instant: write one such as ${EXAMPLE}`;
  if (typeof advice === 'string') return advice;
  const { faults, write, or = '' } = advice;
  // Do not advise what would be refused again.
  const parsed = parseInstant(write);
  return typeof parsed === 'string' ? `${faults}, and ${parsed}` : `${faults}: write ${write} ${or}`.trimEnd();
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
