import type { HeaderName } from './components.ts';

/** Refers to the headers of a response. Each response has X-Request-Id. */
export const headerRefs = (names: readonly HeaderName[]) =>
  Object.fromEntries(
    ['X-Request-Id' as const, ...names].map((name) => [
      name === 'ListETag' ? 'ETag' : name,
      { $ref: `#/components/headers/${name}` as const },
    ]),
  );
