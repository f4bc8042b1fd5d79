import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { guard } from '../../support/guard.ts';
import { freePort } from '../../support/ports.ts';
import { withClient } from '../../support/postgres.ts';
import type { Bench } from '../bench.ts';
import { type Comparison, sized } from '../comparison/comparison.ts';
import { fillStagebell } from '../comparison/tables.ts';

const at = (file: string): string => fileURLToPath(new URL(`../../contenders/${file}`, import.meta.url));
const STAGES = 500;
const LENGTH_S = 8;
const WARM_S = 2;

/**
 * Requests a second of one process, from ten connections of another. The floor is Koa and pg with the
 * same statements on the same tables: what is between the two is routing, checks and presentation.
 */
export const api: Comparison = {
  name: 'api',
  title: 'requests a second of one process: GET and PATCH of one stage',
  figures: [
    { name: 'GET', unit: '/s' },
    { name: 'GET p99', unit: 'ms' },
    { name: 'PATCH', unit: '/s' },
    { name: 'PATCH p99', unit: 'ms' },
  ],
  only: ['stagebell', 'floor'],
  async run(bench, entry, size) {
    const database = await bench.migrated();
    try {
      const plan = { count: STAGES, fromMs: Date.now() + 86_400_000, everyMs: 60_000 };
      const ids = await withClient(database.url, async (client) => {
        await fillStagebell(client, plan);
        return (await client.query<{ id: string }>('SELECT id FROM stage')).rows.map(({ id }) => id);
      });
      const seconds = sized(LENGTH_S, size);
      return await (entry.name === 'floor'
        ? onFloor(database.url, ids, seconds)
        : onStagebell(bench, database.url, ids, seconds));
    } finally {
      await database.drop();
    }
  },
};

function onStagebell(bench: Bench, databaseUrl: string, ids: string[], seconds: number) {
  return bench.deploy({ databaseUrl, instances: 1 }, async (cluster) => {
    const { process } = await cluster.leader();
    return load(process.url, ids, seconds);
  });
}

async function onFloor(databaseUrl: string, ids: string[], seconds: number) {
  const port = await freePort();
  const child = spawn(process.execPath, [at('api-floor.ts'), databaseUrl, String(port)], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const release = guard({ pid: child.pid as number });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
    return await load(`http://127.0.0.1:${port}`, ids, seconds);
  } finally {
    child.kill('SIGKILL');
    await ended;
    release();
  }
}

interface Load {
  rate: number;
  p99: number;
  refused: number;
}

async function load(url: string, ids: string[], seconds: number) {
  const figures: Record<string, number> = {};
  for (const verb of ['GET', 'PATCH']) {
    await shoot(url, verb, WARM_S, ids);
    const { rate, p99, refused } = await shoot(url, verb, seconds, ids);
    if (refused > 0) throw new Error(`${refused} of the ${verb}s were not answered with 200`);
    figures[verb] = rate;
    figures[`${verb} p99`] = p99;
  }
  return { figures };
}

async function shoot(url: string, verb: string, seconds: number, ids: string[]): Promise<Load> {
  const child = spawn(process.execPath, [at('load.ts'), url, verb, String(seconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const release = guard({ pid: child.pid as number });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.end(JSON.stringify(ids));
  await new Promise((resolve) => child.once('close', resolve));
  release();
  return JSON.parse(said);
}
