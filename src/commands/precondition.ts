import { StaleVersionError } from '../base/errors.ts';

/**
 * The versions that the caller would edit, as text; null: any. To be checked on a locked row, so that of two edits of
 * one version exactly one passes.
 */
export type Expected = readonly string[] | null;

export const isExpected = (current: number, expected: Expected): boolean =>
  expected === null || expected.includes(String(current));

/** @throws StaleVersionError */
export function checkVersion(current: number, expected: Expected): void {
  if (!isExpected(current, expected)) throw new StaleVersionError(current);
}
