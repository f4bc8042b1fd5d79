/** What a suite has for all its tests: made before the first of them, and ended after the last. */
export function forSuite<T extends object>(make: () => Promise<T>, end: (made: T) => Promise<unknown>): T {
  let made: T | undefined;
  before(async function () {
    this.timeout(60_000);
    made = await make();
  });
  after(() => made && end(made));
  return new Proxy({} as T, {
    get(_, name) {
      if (made === undefined)
        throw new Error(`${String(name)} is there in tests and hooks, not while they are declared`);
      const value: unknown = Reflect.get(made, name);
      return typeof value === 'function' ? value.bind(made) : value;
    },
  });
}
