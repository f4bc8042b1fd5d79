/** Where one Redis is and how to log in, as its URL says. */
export interface RedisAddress {
  host: string;
  port: number;
  username: string | null;
  password: string | null;
  db: number;
  isTls: boolean;
  /** 4 or 6: only addresses of this kind; 0: whichever the name has. */
  family: 0 | 4 | 6;
}

const EXAMPLE = 'expected a URL such as redis://host:6379 or rediss://user:password@host:6379/0';
const ESCAPES = 'in a user name or password write % @ : / ? # as %25 %40 %3A %2F %3F %23';
const FAMILIES: Record<string, RedisAddress['family']> = { 0: 0, 4: 4, 6: 6 };

/** @returns the address, or what is wrong with the URL, without repeating any of it: it may hold a password */
export function readRedisUrl(text: string): RedisAddress | string {
  if (!/^rediss?:\/\//i.test(text)) return EXAMPLE;
  if (!URL.canParse(text)) return `${EXAMPLE}; ${ESCAPES}`;
  const url = new URL(text);
  if (url.hostname === '' || url.hash !== '') return `${EXAMPLE}; ${ESCAPES}`;
  const username = decoded(url.username);
  const password = decoded(url.password);
  if (username === null || password === null) return `${EXAMPLE}; ${ESCAPES}`;
  const query = new Map(url.searchParams);
  const path = url.pathname.replace(/^\//, '');
  const db = path === '' ? (query.get('db') ?? '0') : path;
  if (!/^\d{1,5}$/.test(db)) return `the path names a database by its number, such as /0; ${ESCAPES}`;
  const family = FAMILIES[query.get('family') ?? '0'];
  const isKnown = [...query.keys()].every((name) => name === 'db' || name === 'family');
  if (!isKnown || family === undefined) return `after the ? only db and family (0, 4 or 6) are read; ${ESCAPES}`;
  return {
    // IPv6 without its brackets.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    username: username || null,
    password: password || null,
    db: Number(db),
    isTls: url.protocol === 'rediss:',
    family,
  };
}

/** Names the server in logs and reports: never the user, never the password. */
export const serverName = ({ host, port }: Pick<RedisAddress, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
