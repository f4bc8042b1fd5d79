import { z } from 'zod';
import { didYouMean } from '../base/did-you-mean.ts';
import type { Fault } from '../base/errors.ts';
import { escaped } from './json-text.ts';

/** More than anybody reads; an answer must not grow with the request. */
const MOST_LISTED = 100;

/** The faults of one request: the first are listed, the others only counted. */
export class Faults {
  readonly listed: Fault[] = [];
  count = 0;

  add(fault: Fault): void {
    if (this.hasRoom) this.listed.push(fault);
    this.count++;
  }

  /** Adds what zod found, in our words: where, what is wrong, and how to mend it. */
  addIssues(error: z.ZodError, schema: z.ZodType, part: InputPart): void {
    for (const issue of error.issues) {
      const pointer = pointerOf(issue.path);
      if (issue.code !== 'unrecognized_keys') {
        this.add(this.hasRoom ? { pointer, detail: describe(issue, part) } : NOT_LISTED);
        continue;
      }
      const known = this.hasRoom ? fieldsAt(schema, issue.path.map(String)) : [];
      for (const key of issue.keys) this.add(this.hasRoom ? unknown(pointer, key, known, part) : NOT_LISTED);
    }
  }

  get hasRoom(): boolean {
    return this.listed.length < MOST_LISTED;
  }
}

const NOT_LISTED: Fault = { pointer: '', detail: '' };

export type InputPart = 'query' | 'body';

function unknown(at: string, key: string, known: readonly string[], part: InputPart): Fault {
  const noun = part === 'query' ? 'parameter' : 'field';
  const there =
    known.length === 0
      ? `there are no ${noun}s`
      : `there ${known.length === 1 ? 'is only' : 'are'} ${known.join(', ')}`;
  return { pointer: `${at}/${escaped(key)}`, detail: `is not a ${noun} here${didYouMean(key, known) || `; ${there}`}` };
}

/** RFC 6901. */
const pointerOf = (path: readonly PropertyKey[]): string => path.map((step) => `/${escaped(step)}`).join('');

function describe(issue: z.core.$ZodIssue, part: InputPart): string {
  const { input } = issue;
  if (part === 'query' && Array.isArray(input)) return 'is given more than once';
  switch (issue.code) {
    case 'invalid_type':
      if (input === undefined) return 'is required';
      // The schema's own words, where it has any.
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return `must be ${nameOf(issue.expected)}, not ${kindOf(input)}`;
    case 'invalid_value': {
      const known = issue.values.map(String);
      return `must be one of ${known.join(', ')}${typeof input === 'string' ? didYouMean(input, known) : ''}`;
    }
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    default:
      return issue.message;
  }
}

const nameOf = (expected: string): string =>
  expected === 'int' ? 'a whole number' : /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;

/** What came, for a message. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'number' && !Number.isInteger(value) ? String(value) : nameOf(typeof value);
}

/** The fields that a schema knows at a path. */
function fieldsAt(schema: z.core.$ZodType, path: readonly string[]): string[] {
  const [step, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(schema.shape);
    const field = schema.shape[step];
    return field === undefined ? [] : fieldsAt(field, rest);
  }
  if (schema instanceof z.ZodArray) return fieldsAt(schema.element, rest);
  if (schema instanceof z.ZodPipe) {
    const [before, after] = [fieldsAt(schema.in, path), fieldsAt(schema.out, path)];
    return before.length === 0 ? after : before;
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodPrefault) {
    return fieldsAt(schema.unwrap(), path);
  }
  return [];
}
