import type { HeaderName } from './components.ts';

/** Of a response: each has X-Request-Id. */
export const headerRefs = (names: readonly HeaderName[]) =>
  Object.fromEntries(
    ['X-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` as const }]),
  );
