/**
 * The parameters of a request's target. One that is given more than once is an array. Node's own parser would silently
 * stop after a thousand.
 */
export function queryOf(target: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  const from = target.indexOf('?');
  if (from < 0) return query;
  for (const [name, value] of new URLSearchParams(target.slice(from + 1))) {
    const before = Object.hasOwn(query, name) ? query[name] : undefined;
    if (before === undefined) define(query, name, value);
    else if (typeof before === 'string') define(query, name, [before, value]);
    else before.push(value);
  }
  return query;
}

/** As an own property, whatever its name: even `__proto__`. */
function define(query: Record<string, string | string[]>, name: string, value: string | string[]): void {
  Object.defineProperty(query, name, { value, enumerable: true, configurable: true, writable: true });
}
