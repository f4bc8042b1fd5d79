import { silentLog } from '../../src/base/log.ts';
import { PgliteDatabase } from '../../src/db/embedded/pglite.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { type StagebellProcess, startServe } from '../support/processes.ts';
import { Usage } from '../support/usage.ts';
import { columns } from './table.ts';

/**
 * `npm run embedded -- --stages 20000,100000`: what the embedded database does on this machine: a burst of so many
 * stages at one instant beside requests, single bells, and edits, with and without waiting for the disk.
 */
const usage: Usage = new Usage('npm run embedded -- [--stages 20000,100000] [--sync true,false]');
const { values } = usage.read({
  options: { stages: { type: 'string', default: '20000,100000' }, sync: { type: 'string', default: 'true,false' } },
});
const PROBE_EVERY_MS = 15;
const BELLS = 40;
const EDITS_FOR_MS = 4000;

const syncs = usage.names('sync', values.sync, ['true', 'false']);
const amounts = values.stages.split(',').map((stages) => usage.whole('stages', stages));
const rows: string[][] = [['DATA_SYNC', 'measured', '', '']];
for (const sync of syncs) {
  for (const stages of amounts) await burst(sync, stages);
  await bellsAndEdits(sync);
}
console.log(columns(rows, (column) => column > 1));

function note(sync: string, what: string, figure: number, unit: string): void {
  console.log(`DATA_SYNC=${sync}: ${what} ${figure.toFixed(figure < 10 ? 1 : 0)} ${unit}`);
  rows.push([sync, what, figure.toFixed(figure < 10 ? 1 : 0), unit]);
}

/** All at one instant, and four clients that ask one request after the other. */
async function burst(sync: string, stages: number): Promise<void> {
  const folder = await embeddedFolder();
  const atMs = Date.now() + 40_000 + stages * 0.5;
  const other = await fill(folder.path, stages, atMs);
  const service = await serve(sync, folder.path);
  try {
    if (Date.now() > atMs - 1000) throw new Error('the machine was too slow to be ready before the instant');
    const movedBefore = moved(service);
    const worst = new Map<string, number>();
    const probe = async (name: string, path: string, init?: RequestInit): Promise<void> => {
      while (moved(service) - movedBefore < stages) {
        const fromMs = performance.now();
        const { status } = await fetch(service.url + path, init);
        const tookMs = performance.now() - fromMs;
        if (status !== 200) throw new Error(`${name} was answered ${status}`);
        if (Date.now() > atMs) worst.set(name, Math.max(worst.get(name) ?? 0, tookMs));
        await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
      }
    };
    const edit = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"name":"edited"}' };
    await Promise.all([
      probe('GET /livez', '/livez'),
      probe('GET /v1/stages', '/v1/stages?limit=50'),
      probe('GET of one stage', `/v1/stages/${other}`),
      probe('PATCH of one stage', `/v1/stages/${other}`, edit),
    ]);
    const last = service.lines.findLast(({ event }) => event === 'transitions');
    const batches = service.lines.filter(({ event }) => event === 'transitions').length;
    note(sync, `last of ${stages}`, Date.parse(String(last?.['time'])) - atMs, 'ms');
    note(sync, `  boundaries a statement`, stages / batches, '');
    for (const [name, ms] of worst) note(sync, `  slowest ${name}`, ms, 'ms');
  } finally {
    await service.stop();
    folder.remove();
  }
}

async function bellsAndEdits(sync: string): Promise<void> {
  const folder = await embeddedFolder();
  const service = await serve(sync, folder.path);
  try {
    const firstMs = Date.now() + 1500;
    const dates = Array.from({ length: BELLS }, (_, i) => new Date(firstMs + 100 * i).toISOString());
    const body = JSON.stringify({ title: 'a', stages: dates.map((start_date, i) => ({ name: `s${i}`, start_date })) });
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    await fetch(`${service.url}/v1/assignments`, post);
    await service.waitForLog(() => moved(service) >= BELLS, 60_000);
    const late = service.lines
      .filter(({ event }) => event === 'transitions')
      .map((line) => Number(line['lateness_max_ms']))
      .sort((a, b) => a - b);
    note(sync, `median lateness of ${BELLS} bells`, late[late.length >> 1] ?? 0, 'ms');
    note(sync, '  the latest', late.at(-1) ?? 0, 'ms');
    const one = { ...post, body: '{"title":"b","stages":[{"name":"s"}]}' };
    const untilMs = performance.now() + EDITS_FOR_MS;
    let edits = 0;
    const client = async (): Promise<void> => {
      for (; performance.now() < untilMs; edits++) await (await fetch(`${service.url}/v1/assignments`, one)).text();
    };
    await Promise.all([client(), client(), client(), client()]);
    note(sync, 'POSTs a second', (edits * 1000) / EDITS_FOR_MS, '');
  } finally {
    await service.stop();
    folder.remove();
  }
}

/** @returns a stage that is not due */
async function fill(folder: string, stages: number, atMs: number): Promise<string> {
  const database = new PgliteDatabase(folder, silentLog, { isDurable: false });
  await database.connect();
  const [, , , { rows: [row] = [] } = { rows: [] }] = await database.script(`
    SET session_replication_role = replica;
    INSERT INTO assignment (title) VALUES ('burst');
    INSERT INTO stage (assignment_id, name, start_date) SELECT id, 'stage ' || i, to_timestamp(${atMs / 1000})
      FROM assignment, generate_series(1, ${stages}) AS i;
    INSERT INTO stage (assignment_id, name) SELECT id, 'other' FROM assignment RETURNING id;
    SET session_replication_role = origin;
    ANALYZE stage`);
  await database.close();
  return (row as { id: string }).id;
}

async function serve(sync: string, folder: string): Promise<StagebellProcess> {
  return (await startServe({ DATA_DIR: folder, DATA_SYNC: sync, NODE_ENV: 'production' })).ready(60_000);
}

function moved({ lines }: StagebellProcess): number {
  return lines.reduce((sum, { event, ...line }) => (event === 'transitions' ? sum + Number(line['count']) : sum), 0);
}
