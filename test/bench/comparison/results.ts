import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { type Bench, withClient } from '../bench.ts';
import type { Outcome } from './comparison.ts';
import { contenderVersions } from './install.ts';

/** What a run of the command found, and what has to be known to read it. The JSON file is this. */
export interface Results {
  at: string;
  command: string;
  runs: number;
  /** 1, or the fraction of the work that was done. */
  size: number;
  machine: string;
  versions: Record<string, string>;
  outcomes: Outcome[];
}

export async function describeRun(bench: Bench, command: string, runs: number, size: number): Promise<Results> {
  const { url } = await bench.server();
  const postgres = await withClient(
    url,
    async (client) => (await client.query('SHOW server_version')).rows[0].server_version,
  );
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const redis = /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
  return {
    at: new Date().toISOString(),
    command,
    runs,
    size,
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    versions: { stagebell: version, node: process.version, postgresql: postgres, redis, ...contenderVersions() },
    outcomes: [],
  };
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
}

export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8'));
}

export function outcomesOf(results: Results, comparison: string): Outcome[] {
  return results.outcomes.filter((outcome) => outcome.comparison === comparison);
}
