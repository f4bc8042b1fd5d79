import { readFileSync } from 'node:fs';
import type { Cluster } from '../support/cluster.ts';
import { freePort, type StagebellProcess } from '../support/processes.ts';

/**
 * Starts these instances at one moment. Each needs a second of a core to load its code, so three on
 * two cores measure the machine: where a start is bounded, one starts, and the others join it later.
 * @returns that moment, wall time, and the instance that leads
 */
export async function startFleet(
  cluster: Cluster,
  names: readonly string[],
): Promise<{ startedMs: number; leader: StagebellProcess }> {
  const ports = await Promise.all(names.map(() => freePort()));
  const startedMs = Date.now();
  await Promise.all(names.map((name, i) => cluster.startInstance(name, { PORT: String(ports[i]) })));
  const { process: leader } = await cluster.leader();
  return { startedMs, leader };
}

/** The wall time of the first log line of this event. */
export async function saidAtMs(process: StagebellProcess, event: string, timeoutMs: number): Promise<number> {
  return Date.parse(String((await process.waitForLog(event, timeoutMs))['time']));
}

/** The most memory that the process ever had resident, in MB of 1,000,000 bytes; Linux only. */
export function peakRssMb(process: { pid: number }): number {
  return statusMb(process, 'VmHWM');
}

/** What of its resident memory is not mapped from files, such as Node's binary, in the same unit; Linux only. */
export function ownRssMb(process: { pid: number }): number {
  return statusMb(process, 'RssAnon');
}

function statusMb({ pid }: { pid: number }, field: string): number {
  const [, kb] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kb) * 1024) / 1e6;
}

/** Processor time that the process has used so far, milliseconds; Linux only. */
export function cpuMs({ pid }: { pid: number }): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
  // In ticks, of which Linux has a hundred a second everywhere.
  return (user + system) * 10;
}
