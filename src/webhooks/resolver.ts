import { lookup, Resolver } from 'node:dns/promises';

/** The addresses of a name. @throws the resolver's error */
export type Resolve = (name: string) => Promise<string[]>;

const LIMITS = { timeout: 2000, tries: 2 };

/**
 * Asks the DNS without threads. Node's usual lookup takes one of four threads for as long as it lasts, so a few names
 * whose servers hang would hold up the connections to PostgreSQL and Redis, which need it too. Only a name that the DNS
 * does not know is looked up in that way, as in /etc/hosts, one at a time.
 */
export function systemResolver(): Resolve {
  const resolver = new Resolver(LIMITS);
  let last: Promise<unknown> = Promise.resolve();
  const inSystem = (name: string): Promise<string[]> => {
    const found = last.then(async () => (await lookup(name, { all: true })).map(({ address }) => address));
    last = found.catch(() => {});
    return found;
  };
  return async (name) => {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    return found.length > 0 ? found : inSystem(name);
  };
}
