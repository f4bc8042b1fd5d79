import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { withClient } from '../support/postgres.ts';
import type { Bench } from './bench.ts';

/** What a figure was measured on: it means little without. */
export interface Machine {
  machine: string;
  versions: Record<string, string>;
}

export async function describeMachine(bench: Bench): Promise<Machine> {
  const { url } = await bench.server();
  const postgresql = await withClient(
    url,
    async (client) => (await client.query('SHOW server_version')).rows[0].server_version,
  );
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const redis = /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
  return {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    versions: { stagebell: version, node: process.version, postgresql, redis },
  };
}

export function listed(versions: Record<string, string>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
