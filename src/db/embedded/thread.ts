import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFiles } from './node-files.ts';
import { plainError, type Reply, type Request, type Results, type Start } from './protocol.ts';

/** The database's own thread. Whatever PostgreSQL does here, the main thread stays responsive and can end it. */
const port = parentPort;
if (port === null) throw new Error('embedded/thread.ts runs as a worker thread only');
const say = (reply: Reply): void => port.postMessage(reply);

/** Small WAL segments, so that little room must be kept free for the next ones. */
const INITDB = ['--wal-segsize=2'];
/** Dates stay text, as MikroORM wants them. */
const asText = (text: string): string => text;
const PARSERS = Object.fromEntries([1082, 1114, 1184, 1186].map((type) => [type, asText]));

/** The last lines of PostgreSQL's own log, which say why it ended. */
const said: string[] = [];
const SAID_AT_MOST = 8;

const { folder, isDurable } = workerData as Start;
const files = new NodeFiles(folder, isDurable, {
  onSaid: (line) => {
    said.push(line);
    if (said.length > SAID_AT_MOST) said.shift();
  },
  onAbort: () => say({ kind: 'crashed', said }),
});

/** -F means fsync off. Emscripten does not pass on fdatasync, the default method. */
const DURABLE = [...PGlite.defaultStartParams.filter((param) => param !== '-F'), '-c', 'wal_sync_method=fsync'];
/** Lets a checkpoint free as much as it can. In standalone PostgreSQL these two settings trigger no checkpoint. */
const SMALL = ['-c', 'min_wal_size=4MB', '-c', 'max_wal_size=8MB'];
const startParams = [...(isDurable ? DURABLE : PGlite.defaultStartParams), ...SMALL];

try {
  const pglite = await PGlite.create({ fs: files, parsers: PARSERS, startParams, initDbStartParams: INITDB });
  pglite.onNotification((channel, payload) => say({ kind: 'notification', channel, payload }));
  port.on('message', async (request: Request) => {
    const { id } = request;
    try {
      say({ kind: 'answer', id, results: await done(pglite, request) });
    } catch (error) {
      say({ kind: 'error', id, error: plainError(error) });
    }
  });
  say({ kind: 'open' });
} catch (error) {
  say({ kind: 'not-open', error: plainError(error), said });
}

async function done(pglite: PGlite, { kind, text, values }: Request): Promise<Results[]> {
  if (kind === 'query') return [plain(await pglite.query(text, values))];
  if (kind === 'exec') return (await pglite.exec(text)).map(plain);
  await pglite.close();
  return [];
}

const plain = ({ rows, affectedRows }: { rows: unknown[]; affectedRows?: number }): Results => ({ rows, affectedRows });
