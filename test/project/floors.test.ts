import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { expect } from 'chai';

/**
 * Who may import whom. A room is a folder or a file of src/, the longest that fits; it may always import itself, and
 * nothing else unless it is named here. `docs/architecture.md` shows the same table, with what is in each room.
 */
const MAY_IMPORT: Readonly<Record<string, string>> = {
  domain: '',
  base: '',
  redis: 'base',
  access: 'base',
  config: 'base redis access',
  db: 'base domain',
  'db/leading': 'base domain db',
  'db/read': 'base domain db db/leading',
  'db/instances': 'base db db/leading',
  'db/migrations': 'db',
  'db/schema': 'base db db/migrations',
  'db/postgres': 'base db',
  'db/embedded': 'base db',
  'db/transfer': 'base db db/leading db/schema',
  leader: 'base redis db db/leading',
  commands: 'base domain access db db/leading db/read',
  keys: 'base domain access db db/read',
  events: 'base domain db db/read',
  alerts: 'base domain db db/leading db/read db/instances',
  scheduler: 'base db db/leading',
  calendar: 'base db db/read commands',
  webhooks: 'base domain db db/read commands events',
  http: 'base domain access db db/leading db/read db/instances commands keys events calendar webhooks',
  instance: 'base redis config db db/leading db/instances db/schema leader scheduler',
  telemetry: 'base domain db db/leading db/read events webhooks instance',
  'app.ts': 'base access config db/schema keys events alerts webhooks http instance telemetry',
  cli: 'base redis access config db db/leading db/read db/instances db/schema db/postgres db/embedded db/transfer commands keys leader',
  // Only these two schedule: a release script cannot end up holding the lock.
  'cli/serve.ts': 'base redis config db db/schema leader cli app.ts',
  'cli/demo.ts': 'base config db/embedded leader cli app.ts',
  'cli/program.ts': 'base cli cli/serve.ts cli/demo.ts',
  'main.ts': 'base cli/program.ts',
  // Runs at those who call the service.
  client: '',
};

/** Who may name which package. What is not named here may be imported by nobody. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@electric-sql/pglite': 'db/embedded',
  '@koa/cors': 'http',
  '@koa/router': 'http',
  '@mikro-orm/core': 'db',
  '@mikro-orm/migrations': 'db/schema db/migrations',
  '@mikro-orm/pglite': 'db/embedded',
  '@mikro-orm/postgresql': 'db/postgres',
  '@mikro-orm/sql': 'db db/read db/postgres db/embedded commands webhooks',
  '@prometheus-io/client': 'telemetry',
  commander: 'cli',
  'eventsource-parser': 'client',
  'fastest-levenshtein': 'base',
  'ical-generator': 'calendar',
  ioredis: 'redis',
  jose: 'access',
  'ipaddr.js': 'base',
  koa: 'http',
  ky: 'client',
  'node-schedule': 'scheduler/timer-table.ts',
  pg: 'db/postgres',
  'pg-connection-string': 'db/postgres',
  pino: 'base',
  'pino-pretty': 'base',
  'rate-limiter-flexible': 'http',
  'raw-body': 'http',
  redlock: 'leader',
  standardwebhooks: 'client',
  'swagger-ui-dist': 'http/pages',
  zod: 'config http',
};

/** Built into the client (`npm run client`), so that nobody has to install them. */
const BUNDLED = ['eventsource-parser', 'ky'];

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^'\n]+)'/g;
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
const isIn = (file: string, room: string): boolean => file === room || file.startsWith(`${room}/`);

/** The room of a file of src/. */
const roomOf = (file: string): string | undefined =>
  Object.keys(MAY_IMPORT)
    .filter((room) => isIn(file, room))
    .sort((a, b) => b.length - a.length)[0];

interface Import {
  file: string;
  what: string;
}

const files = globSync('**/*.ts', { cwd: 'src' });
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(`src/${file}`, 'utf8').matchAll(IMPORT)].map(([, what = '']) => ({ file, what })),
);

describe('the floors', () => {
  it('have a room for each file', () => {
    expect(files.filter((file) => roomOf(file) === undefined)).to.deep.equal([]);
  });

  it('let each room import what is named, and nothing else', () => {
    const wrong = imports
      .filter(({ what }) => what.startsWith('.'))
      .map(({ file, what }) => ({ file, target: normalize(join(dirname(file), what)) }))
      .filter(({ file, target }) => {
        const [from = '', to = ''] = [roomOf(file), roomOf(target)];
        return from !== to && !words(MAY_IMPORT[from] ?? '').includes(to);
      });
    expect(wrong).to.deep.equal([]);
  });

  it('let each package be named where it belongs', () => {
    const wrong = imports.filter(({ file, what }) => {
      if (what.startsWith('.') || what.startsWith('node:')) return false;
      const name = words(what.replaceAll('/', ' '))
        .slice(0, what.startsWith('@') ? 2 : 1)
        .join('/');
      return !words(PACKAGES[name] ?? '').some((room) => isIn(file, room));
    });
    expect(wrong).to.deep.equal([]);
  });

  it('name every package that is depended on, and no other', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(PACKAGES).sort()).to.deep.equal([...Object.keys(dependencies), ...BUNDLED].sort());
  });

  it('go down: each names only what stands above it in the table', () => {
    const rooms = Object.keys(MAY_IMPORT);
    const wrong = rooms.filter((room, i) =>
      words(MAY_IMPORT[room] ?? '').some((to) => !rooms.slice(0, i).includes(to)),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('are shown in docs/architecture.md', () => {
    const rows = readFileSync('docs/architecture.md', 'utf8').matchAll(/^\| `src\/(\S+)` \|.*\| ([^|]*) \|$/gm);
    const shown = Object.fromEntries([...rows].map(([, room, rooms = '']) => [room, rooms.replaceAll(/[`,]/g, '')]));
    const rule = Object.fromEntries(
      Object.entries(MAY_IMPORT).map(([room, rooms]) => [room, rooms || 'nothing of ours']),
    );
    expect(shown).to.deep.equal(rule);
  });
});
