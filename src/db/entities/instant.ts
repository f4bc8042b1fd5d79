import { Type } from '@mikro-orm/core';

/** What is beyond is infinite: JavaScript's dates end there, and before it PostgreSQL's begin. */
const [REACH_MS, BEGINNING_MS] = [8.64e15, -210_866_803_200_000];

/**
 * An instant as a parameter: text, because a float would not compare equal to a column. Also those that only SQL
 * writes: PostgreSQL wants years after 9999 without a sign, and those before 1 as years BC.
 */
export function instantOf(ms: number): string {
  if (!(ms >= BEGINNING_MS && ms <= REACH_MS)) return ms > 0 ? 'infinity' : '-infinity';
  const [, digits = '', rest = ''] = /^([+-]?\d+)(-.*)$/.exec(new Date(ms).toISOString()) ?? [];
  const year = Number(digits);
  return year > 0 ? `${String(year).padStart(4, '0')}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}

const WRITTEN = /^(\d+)(-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-])(\d\d):?(\d\d)?:?(\d\d)?( BC)?$/;

/** The way back, from what PostgreSQL writes (every connection has DateStyle ISO). */
export function msOfText(text: string): number {
  const [, year = '', day = '', time = '', sign = '', hours = 0, minutes = 0, seconds = 0, bc] =
    WRITTEN.exec(text) ?? [];
  if (year === '') return text.startsWith('-') ? -Infinity : Infinity;
  const counted = bc === undefined ? Number(year) : 1 - Number(year);
  const signed = `${counted < 0 ? '-' : '+'}${String(Math.abs(counted)).padStart(6, '0')}`;
  const offsetMs = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  const ms = Date.parse(`${signed}${day}T${time}Z`) + (sign === '-' ? offsetMs : -offsetMs);
  return Number.isNaN(ms) ? Infinity : ms;
}

/** A timestamptz as epoch milliseconds, infinite ones too. A Date would be NaN there. */
export class Instant extends Type<number, string> {
  override convertToDatabaseValue(ms: number | null): string {
    return ms === null || ms === undefined ? (ms as never) : instantOf(ms);
  }

  override convertToJSValue(text: string | null): number {
    return text === null ? (text as never) : msOfText(text);
  }

  override getColumnType(): string {
    return 'timestamptz(3)';
  }

  override compareAsType(): string {
    return 'string';
  }

  override get runtimeType(): string {
    return 'number';
  }
}
