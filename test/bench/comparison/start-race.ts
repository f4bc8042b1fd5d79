import type { Bench } from '../bench.ts';
import { ContenderRace } from './contender-race.ts';
import type { Entry } from './entry.ts';
import type { Race } from './race.ts';
import { StagebellRace } from './stagebell-race.ts';

/** @param isCounted on the server that counts statements */
export function startRace(bench: Bench, entry: Entry, isCounted = false): Promise<Race> {
  if (entry.name === 'stagebell') return StagebellRace.start(bench, isCounted);
  return ContenderRace.start(bench, entry, isCounted);
}

/** A race for the length of `work`. */
export async function race<T>(bench: Bench, entry: Entry, work: (race: Race) => Promise<T>): Promise<T> {
  const started = await startRace(bench, entry);
  try {
    return await work(started);
  } finally {
    await started.stop();
  }
}
