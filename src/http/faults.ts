import { z } from 'zod';
import { didYouMean } from '../base/did-you-mean.ts';
import type { Fault } from '../base/errors.ts';

/** What zod found, in our words: where, what is wrong, and how to mend it. */
export function faultsOf(error: z.ZodError, schema: z.ZodType, place: 'query' | 'body'): Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerOf(path), detail: describe(issue, place) }];
    const known = fieldsAt(schema, path);
    const noun = place === 'query' ? 'parameter' : 'field';
    return issue.keys.map((key) => ({
      pointer: pointerOf([...path, key]),
      detail: `is not a ${noun} here${didYouMean(key, known) || `; there are ${known.join(', ')}`}`,
    }));
  });
}

/** RFC 6901. A name of any length may come in; what goes out is short. */
function pointerOf(path: readonly string[]): string {
  return path.map((step) => `/${step.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function describe(issue: z.core.$ZodIssue, place: 'query' | 'body'): string {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      if (input === undefined) return 'is required';
      if (place === 'query' && Array.isArray(input)) return 'is given more than once';
      return `must be ${nameOf(issue.expected)}, not ${kindOf(input)}`;
    case 'invalid_value': {
      const known = issue.values.map(String);
      return `must be one of ${known.join(', ')}${typeof input === 'string' ? didYouMean(input, known) : ''}`;
    }
    case 'too_big':
      return issue.origin === 'array'
        ? `has more than ${issue.maximum} entries: split the request`
        : `must be at most ${issue.maximum}`;
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
  if (schema instanceof z.ZodPipe) return fieldsAt(schema.in, path);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return fieldsAt(schema.unwrap(), path);
  }
  return [];
}
