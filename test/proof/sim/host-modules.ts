import { registerHooks } from 'node:module';
import type { Engine } from '../../../src/instance/engine.ts';
import type { RedlockElection } from '../../../src/leader/redlock-election.ts';
import type { Host } from './host.ts';
import { HostLibraries } from './host-libraries.ts';

/** The service's classes as one host sees them. */
export interface HostModules {
  Engine: typeof Engine;
  RedlockElection: typeof RedlockElection;
  libraries: HostLibraries;
}

/** A place for a host; its copies are used again by the next host there, because to load them takes a while. */
const places: HostModules[] = [];
const libraries: HostLibraries[] = [];

/** These, asked for with `?place=n`, hand it on to what they import; all other modules are shared. */
const COPIED =
  /\/src\/(instance\/engine|instance\/parts|instance\/scheduler-lifecycle|scheduler\/scheduler|scheduler\/timer-table|leader\/redlock-election|leader\/probe)\.ts$/;

/** Before a run, in which nothing is loaded. */
export async function loadPlaces(count: number): Promise<void> {
  installHooks();
  for (let place = places.length; place < count; place++) places[place] = await load(place);
}

/** What a host at this place runs. Whoever was there before must be gone. */
export function modulesFor(host: Host, place: number): HostModules {
  const modules = places[place];
  if (modules === undefined) throw new Error(`There is no place ${place}.`);
  modules.libraries.moveTo(host);
  return modules;
}

async function load(place: number): Promise<HostModules> {
  const own = new HostLibraries();
  libraries[place] = own;
  const [engine, election] = await Promise.all([
    import(new URL(`../../../src/instance/engine.ts?place=${place}`, import.meta.url).href),
    import(new URL(`../../../src/leader/redlock-election.ts?place=${place}`, import.meta.url).href),
  ]);
  return { Engine: engine.Engine, RedlockElection: election.RedlockElection, libraries: own };
}

/** For the modules that stand in for the two libraries. */
export function librariesOf(place: number): HostLibraries {
  return libraries[place] as HostLibraries;
}

let areInstalled = false;

function installHooks(): void {
  if (areInstalled) return;
  areInstalled = true;
  registerHooks({
    resolve(specifier, context, next) {
      const place = /\?place=(\d+)$/.exec(context.parentURL ?? '')?.[1];
      if (place === undefined) return next(specifier, context);
      if (specifier === 'node-schedule' || specifier === 'redlock') {
        return { url: `simulated:${specifier}?place=${place}`, format: 'module', shortCircuit: true };
      }
      const resolved = next(specifier, context);
      return COPIED.test(resolved.url) ? { ...resolved, url: `${resolved.url}?place=${place}` } : resolved;
    },
    load(url, context, next) {
      const [, name, place] = /^simulated:(.*)\?place=(\d+)$/.exec(url) ?? [];
      if (name === undefined) return next(url, context);
      const from = `import { librariesOf } from ${JSON.stringify(import.meta.url)}; const own = librariesOf(${place});`;
      const what = name === 'redlock' ? 'export default own.redlock;' : 'export const { scheduleJob } = own.schedule;';
      return { format: 'module', source: `${from} ${what}`, shortCircuit: true };
    },
  });
}
